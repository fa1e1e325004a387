// What the page does besides being read: remember its language where the style
// cannot, choose findings by who was shown whose, and zoom into the time line. It
// adds nothing to the page that came from the target but as text, and has no words
// of its own.
(() => {
	'use strict';
	const all = (selector, within = document) => [...within.querySelectorAll(selector)];
	const byID = id => document.getElementById(id);

	// ---- the language

	const words = JSON.parse(byID('words').textContent); // each in English and in Korean
	const isKorean = () => byID('korean').checked;
	const told = pair => pair[isKorean() ? 1 : 0];
	// say puts values where a text has their names.
	const say = (name, values) => told(words[name]).replace(/\{(\w+)\}/g, (_, key) => values[key]);
	// textOf is what can be read of an element.
	const textOf = element => (element?.querySelector(`span[lang=${isKorean() ? 'ko' : 'en'}]`) ?? element)?.textContent ?? '';

	// What has a text in Korean beside it: an attribute, or the title of something.
	const translated = all('[data-ko]').map(element => {
		const name = ['title', 'aria-label', 'alt'].find(name => element.hasAttribute(name));
		const put = text => name ? element.setAttribute(name, text) : element.textContent = text;
		return {put, pair: [name ? element.getAttribute(name) : element.textContent, element.dataset.ko]};
	});
	const again = []; // what says something in the page's language, to say it in the other
	const speak = () => {
		document.documentElement.lang = isKorean() ? 'ko' : 'en';
		for (const {put, pair} of translated) put(told(pair));
		for (const tell of again) tell();
	};
	for (const choice of all('.tongues input')) choice.addEventListener('change', speak);

	// ---- choosing findings

	const cards = all('.card'), chosen = byID('chosen');
	const choice = {viewer: '', owner: ''};

	// number says which card a link or a visit means.
	const open = n => {
		const card = byID('finding-' + n);
		if (!card) return;
		if (card.hidden) choose('', '');
		const more = card.querySelector('details');
		if (more) more.open = true;
		card.scrollIntoView({block: 'start'});
		card.focus({preventScroll: true});
	};

	const choose = (viewer, owner) => {
		if (viewer === choice.viewer && owner === choice.owner) viewer = owner = '';
		choice.viewer = viewer;
		choice.owner = owner;
		for (const card of cards) {
			card.hidden = viewer !== '' && card.dataset.viewer !== viewer || owner !== '' && card.dataset.owner !== owner;
		}
		for (const button of all('.matrix button')) {
			button.setAttribute('aria-pressed', String((viewer !== '' || owner !== '') && button.dataset.viewer === viewer && button.dataset.owner === owner));
		}
		if (!chosen) return;
		chosen.hidden = viewer === '' && owner === '';
		describe();
	};

	// describe says which findings are shown.
	const describe = () => {
		const {viewer, owner} = choice;
		if (viewer === '' && owner === '') return;
		const name = (kind, n) => textOf(all('.matrix button').find(b => b.dataset[kind] === n && b.dataset[kind === 'viewer' ? 'owner' : 'viewer'] === ''));
		byID('chosen-text').textContent = say(viewer !== '' && owner !== '' ? 'pair' : viewer !== '' ? 'viewer' : 'owner', {
			shown: cards.filter(card => !card.hidden).length, viewer: name('viewer', viewer), owner: name('owner', owner),
		});
	};
	again.push(describe);

	for (const button of all('.matrix button')) {
		button.disabled = false;
		button.addEventListener('click', () => choose(button.dataset.viewer, button.dataset.owner));
	}
	byID('all')?.addEventListener('click', () => choose('', ''));

	// The arrows go from cell to cell of the matrix.
	byID('matrix')?.addEventListener('keydown', event => {
		const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
		const cell = event.target.closest('th, td');
		if (!step || !cell) return;
		const rows = [...byID('matrix').rows];
		let row = rows.indexOf(cell.parentElement), column = cell.cellIndex;
		for (;;) {
			row += step[0];
			column += step[1];
			const next = rows[row]?.cells[column];
			if (!next) return;
			const button = next.querySelector('button');
			if (button) {
				button.focus();
				event.preventDefault();
				return;
			}
		}
	});

	// n and p go from finding to finding.
	document.addEventListener('keydown', event => {
		if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return;
		const step = {n: 1, p: -1}[event.key];
		if (!step) return;
		const shown = cards.filter(card => !card.hidden);
		const at = shown.indexOf(document.activeElement.closest('.card'));
		const next = shown[at < 0 ? (step > 0 ? 0 : shown.length - 1) : at + step];
		if (next) open(next.id.replace('finding-', ''));
	});

	// ---- the time line

	const plot = byID('plot'), source = byID('line-data');
	if (plot && source) {
		const data = JSON.parse(source.textContent);
		const axis = byID('axis'), line = byID('told'), cursor = byID('cursor');
		const whole = Number(plot.dataset.whole), lane = Number(plot.dataset.lane), height = Number(plot.dataset.height);
		const narrowest = Math.min(50, whole); // milliseconds
		let from = 0, width = whole, at = -1;
		byID('line-tools').hidden = false;

		const labels = all('text', axis).filter(label => label.dataset.from !== undefined);
		const ticks = byID('ticks');
		const time = ms => {
			const s = (from + ms >= 0 ? ms : 0) / 1000;
			return width < 5000 ? s.toFixed(3) + ' s' : width < 60000 ? s.toFixed(1) + ' s' : Math.round(s) + ' s';
		};
		const draw = () => {
			plot.setAttribute('viewBox', [from, 0, width, height].join(' '));
			const pixels = plot.clientWidth || 800;
			for (const label of labels) {
				const start = Math.max(Number(label.dataset.from), from), end = Math.min(Number(label.dataset.to), from + width);
				const room = (end - start) / width * pixels;
				label.setAttribute('x', (start - from) / width * 100 + '%');
				label.setAttribute('visibility', room > label.textContent.length * 6.5 + 6 ? 'visible' : 'hidden');
			}
			const rough = width / 6, power = 10 ** Math.floor(Math.log10(rough));
			const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough);
			ticks.replaceChildren();
			for (let ms = Math.ceil(from / step) * step; ms <= from + width; ms += step) {
				const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
				text.setAttribute('x', (ms - from) / width * 100 + '%');
				text.setAttribute('y', '29');
				if (ms > from + 0.95 * width) text.setAttribute('text-anchor', 'end'); // it would end outside
				text.textContent = time(ms);
				ticks.append(text);
			}
		};
		const show = (start, size) => {
			width = Math.min(Math.max(size, narrowest), whole);
			from = Math.min(Math.max(start, 0), whole - width);
			draw();
		};
		const zoom = (factor, around = from + width / 2) => show(around - (around - from) * factor, width * factor);

		// sentence tells of a visit.
		const sentence = v => [
			'#' + v[6], data.lanes[v[0]], data.views[v[3]], v[5] ? say('round', {phase: data.phases[v[4]], round: v[5]}) : data.phases[v[4]],
			say('took', {at: (v[1] / 1000).toFixed(3), took: v[2]}), v[8] ? say('whose', {owners: told(data.words[v[8]])}) : '',
		].filter(Boolean).join(' · ');
		const point = n => {
			at = n;
			const v = data.visits[n];
			line.textContent = v ? sentence(v) : '';
			cursor.setAttribute('visibility', v ? 'visible' : 'hidden');
			if (!v) return;
			cursor.setAttribute('x', v[1]);
			cursor.setAttribute('y', v[0] * lane);
			cursor.setAttribute('width', Math.max(v[2], width / 300));
		};
		again.push(() => point(at));
		// nearest is the visit at a place of the plot; one that leaks comes before others.
		const nearest = (x, y) => {
			const row = Math.floor(y / lane), reach = width / 100;
			let best = -1, distance = reach;
			data.visits.forEach((v, n) => {
				if (v[0] !== row) return;
				const d = Math.max(v[1] - x, x - v[1] - v[2], 0) - (v[8] ? reach / 4 : 0);
				if (d < distance) [best, distance] = [n, d];
			});
			return best;
		};
		const place = event => {
			const box = plot.getBoundingClientRect();
			return [from + (event.clientX - box.left) / box.width * width, event.clientY - box.top];
		};
		const follow = n => { if (data.visits[n]?.[7]) open(data.visits[n][7]) };

		let drag = null;
		plot.addEventListener('pointermove', event => {
			const [x, y] = place(event);
			if (drag) {
				const moved = (event.clientX - drag.clientX) / plot.clientWidth * width;
				if (Math.abs(event.clientX - drag.clientX) > 4) drag.moved = true;
				if (drag.moved) show(drag.from - moved, width);
				return;
			}
			point(nearest(x, y));
		});
		plot.addEventListener('pointerdown', event => {
			drag = {clientX: event.clientX, from, moved: false};
			plot.setPointerCapture(event.pointerId);
		});
		plot.addEventListener('pointerup', event => {
			const clicked = drag && !drag.moved;
			drag = null;
			if (clicked) {
				point(nearest(...place(event)));
				follow(at);
			}
		});
		plot.addEventListener('pointercancel', () => { drag = null });
		plot.addEventListener('wheel', event => {
			if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
			event.preventDefault();
			zoom(event.deltaY > 0 ? 1.25 : 0.8, place(event)[0]);
		}, {passive: false});
		byID('line-in').addEventListener('click', () => zoom(0.5));
		byID('line-out').addEventListener('click', () => zoom(2));
		byID('line-whole').addEventListener('click', () => show(0, whole));

		// step goes to the next visit that leaks, in time.
		const leaks = data.visits.map((_, n) => n).filter(n => data.visits[n][8]).sort((a, b) => data.visits[a][1] - data.visits[b][1] || a - b);
		const step = by => {
			const next = leaks[Math.min(Math.max(leaks.indexOf(at) + by, 0), leaks.length - 1)];
			if (next === undefined) return;
			const [, x, w] = data.visits[next];
			if (x < from || x + w > from + width) show(x + w / 2 - width / 2, width);
			point(next);
		};
		byID('line').addEventListener('keydown', event => {
			const does = {
				'+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), '0': () => show(0, whole),
				ArrowLeft: () => show(from - width / 4, width), ArrowRight: () => show(from + width / 4, width),
				']': () => step(1), '[': () => step(-1), Enter: () => follow(at),
			}[event.key];
			if (!does || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('button')) return;
			event.preventDefault();
			does();
		});
		addEventListener('resize', draw);
		draw();
	}

	if (navigator.language.toLowerCase().startsWith('ko')) byID('korean').checked = true;
	speak();

	// On paper everything is open, but findings that were not on the screen either:
	// each is a page.
	addEventListener('beforeprint', () => { for (const more of all('details:not(.card > details)')) more.open = true });
})();
