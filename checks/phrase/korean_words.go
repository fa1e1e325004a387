package phrase

// What Korean readers are told, in all tables alike:
//
//	account     계정         answer      응답
//	audience    공개 대상    browser     브라우저
//	cause       원인         canary      카나리
//	credential  자격 증명    event       이벤트
//	exposure    유효 방문    finding     발견 사항
//	in company  함께 접속한 상태에서     alone       단독
//	item        항목         leak        누출
//	marker      마커         moment      시점
//	owner       소유자       phase       단계
//	picture     이미지       plan        계획
//	record      기록         request     요청
//	round       라운드       run         실행
//	session     세션         surface     표면
//	target      대상 서비스  view        뷰
//	viewer      열람자       visit       방문
//	verdict     판정         accepted    수용됨
//
// Messages and reasons are sentences that end in -다, labels are nouns. Which
// particle follows a word depends on its last sound, and that of a name is not
// known: a noun stands between them, as in "alice 계정이", or a particle that is
// always the same, as 의, 에, 만 or 도. Texts that are put into others end in a
// sound that is known, and a particle after them goes by it.

var koreanCounts = []translation{
	{"%d accounts", "계정 %d개"},
	{"%d exposures", "유효 방문 %d회"},
	{"%d findings", "발견 사항 %d건"},
	{"%d moments", "시점 %d개"},
	{"%d more rounds", "추가 라운드 %d회"},
	{"%d other accounts", "다른 계정 %d개"},
	{"%d requests", "요청 %d건"},
	{"%d sessions", "세션 %d개"},
	{"%d times", "%d번"},
	{"%d tries", "시도 %d회"},
	{"%d viewers", "열람 계정 %d개"},
	{"%d visits", "방문 %d회"},
}

// The surfaces of records.
var koreanSurfaces = []translation{
	{"text", "화면 텍스트"},
	{"hidden", "숨은 텍스트"},
	{"title", "제목"},
	{"attribute", "속성"},
	{"form", "폼"},
	{"script", "스크립트"},
	{"style", "스타일"},
	{"console", "콘솔"},
	{"dialog", "대화 상자"},
	{"notification", "알림"},
	{"popup", "팝업 창"},
	{"cookie", "쿠키"},
	{"storage", "브라우저 저장소"},
	{"database", "브라우저 데이터베이스"},
	{"cache", "서비스 워커 캐시"},
	{"history", "히스토리 상태"},
	{"blob", "Blob"},
	{"body", "응답 본문"},
	{"request", "요청 본문"},
	{"header", "응답 헤더"},
	{"trailer", "응답 트레일러"},
	{"stream", "스트림"},
	{"download", "다운로드"},
	{"picture", "이미지"},
}

// How a page was come to.
var koreanWays = []translation{
	{"back", "뒤로 가기"},
	{"restored", "뒤로 가기(캐시 복원)"},
	{"forward", "앞으로 가기"},
	{"reload", "새로 고침"},
	{"offline", "오프라인"},
}

// The orders of phases.
var koreanOrders = []translation{
	{"solo", "단독"},
	{"sequential", "순차"},
	{"together", "동시"},
	{"storm", "동시 로그인"},
	{"random", "무작위"},
	{"devices", "다중 기기"},
	{"fresh", "새 프로필"},
	{"handover", "브라우저 인계"},
	{"idle", "유휴"},
	{"search", "순서 탐색"},
}

// The levels of findings.
var koreanLevels = []translation{
	{"leak", "누출"},
	{"suspect", "의심"},
	{"risk", "위험"},
	{"note", "참고"},
}

// The verdicts, besides that of a leak, which is also a level.
var koreanVerdicts = []translation{
	{"clean", "이상 없음"},
	{"inconclusive", "판정 불가"},
}

// The sides of an event or a change.
var koreanSides = []translation{
	{"before", "이전"},
	{"during", "도중"},
	{"after", "이후"},
}

// Why a run ended.
var koreanEnds = []translation{
	{"done", "완료"},
	{"interrupted", "중단됨"},
	{"time up", "제한 시간 초과"},
	{"target failed", "대상 서비스 장애"},
}

// The causes.
var koreanCauseNames = []translation{
	{"last writer", "공유 변수 덮어쓰기"},
	{"collapsed requests", "요청 병합"},
	{"shared by requests at once", "동시 요청 간 공유"},
	{"shared cache", "공유 캐시"},
	{"answers off by one", "응답 밀림"},
	{"pooled state", "풀에 남은 상태"},
	{"answers swapped", "응답 뒤바뀜"},
	{"wrong mapping", "잘못된 매핑"},
	{"session binding", "세션 바인딩 오류"},
	{"session handed out", "세션 오발급"},
	{"identifier collision", "식별자 충돌"},
	{"restored state", "복원된 이전 상태"},
	{"stale copy", "오래된 복사본"},
	{"left in the browser", "브라우저에 남은 데이터"},
	{"wrong subscriber", "잘못된 구독자"},
	{"shared buffer", "공유 버퍼"},
	{"shared page state", "공유된 페이지 상태"},
	{"error page", "오류 페이지"},
	{"unknown", "원인 불명"},
}
