package phrase

// What else shrinking says, of what was not tried.
var koreanShrunk = []translation{
	{"at most %s", "많아도 %s"},
	{"%s; the rest was not tried", "%s. 나머지는 빼 보지 않았다"},
	{"it comes too seldom to tell what it needs", "너무 드물게 재현되어 무엇이 필요한지 알 수 없다"},
}
