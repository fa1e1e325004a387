// What notmine does in a page: it waits, fills, points and marks.
({
	visible(el) {
		return !!el && el.getClientRects().length > 0 && getComputedStyle(el).visibility === 'visible';
	},

	collapse(text) {
		return text.replace(/\s+/g, ' ').trim();
	},

	textOf(el) {
		const valued = el.value !== undefined && el.tagName !== 'LI' && el.tagName !== 'BUTTON';
		return this.collapse(String(valued ? el.value : el.innerText ?? el.textContent)); // a drawing has no innerText
	},

	// until resolves when ready() is true. It looks again after each change of the
	// document and, for what changes without one, every 25 ms. away() ends it early.
	until(ready, away) {
		return new Promise((resolve, reject) => {
			let timer, observer;
			const look = () => {
				let got;
				try { got = ready() } catch (e) { stop(); reject(e); return }
				if (got) { stop(); resolve('ready') } else if (away && away()) { stop(); resolve('away') }
			};
			const stop = () => { clearInterval(timer); observer?.disconnect() };
			observer = new MutationObserver(look);
			observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
			timer = setInterval(look, 25);
			look();
		});
	},

	// stands tells whether all fields of a form are there.
	stands(form) {
		return form.every(selector => this.visible(this.find(selector)));
	},

	// awayIf tells that the login form stands there, and has for a moment: a page
	// may show it in passing.
	awayIf(form) {
		let since = 0;
		return form?.length ? () => {
			if (document.readyState !== 'complete' || !this.stands(form)) since = 0;
			else if (!since) since = performance.now();
			return since > 0 && performance.now() - since > 300;
		} : null;
	},

	// parsed waits until the whole document is there, but not for ever: some never
	// end. It tells whether it is.
	parsed() {
		if (document.readyState !== 'loading') return true;
		return new Promise(done => {
			document.addEventListener('DOMContentLoaded', () => done(true), {once: true});
			setTimeout(() => done(false), 1000);
		});
	},

	address() { return location.href },

	// settled waits until a page that may be any stands: what is mostly waited for is
	// visible, or the login form, or neither for a while after all has loaded, and
	// nothing more comes.
	async settled(ready, form) {
		const begin = performance.now(), [quiet, rest] = ready || form?.length ? [700, 1500] : [100, 100]; // ms
		let loaded = 0, still = 0, last = '';
		await this.until(() => {
			const now = performance.now();
			if (now - begin > 5000) return true;
			if (document.readyState !== 'complete') return false;
			loaded ||= now;
			const there = [performance.getEntriesByType('resource').length, document.documentElement?.textContent.length, location.href].join();
			if (there !== last) [last, still] = [there, now];
			return now - loaded > rest || now - still > quiet || !!ready && this.visible(this.find(ready)) || !!form?.length && this.stands(form);
		});
	},

	wait(selector, away) {
		return this.until(() => this.visible(this.find(selector)), this.awayIf(away));
	},

	// present is wait for elements that need not be visible, as file inputs seldom are.
	async present(selector, away) {
		return this.heeded(await this.until(() => !!this.find(selector), this.awayIf(away)), selector);
	},

	// field is wait for what is to be typed into or chosen from.
	async field(selector, away) {
		return this.heeded(await this.wait(selector, away), selector);
	},

	// heeded waits until the document of an element has run its own scripts: they
	// come after the field that they listen to. It does not wait for ever, as some
	// documents never end.
	async heeded(state, selector) {
		const begin = performance.now(), ran = () => {
			const doc = this.find(selector)?.ownerDocument;
			return doc?.readyState === 'complete' || doc?.defaultView?.performance.getEntriesByType('navigation')[0]?.domContentLoadedEventEnd > 0;
		};
		if (state !== 'away') await this.until(() => ran() || performance.now() - begin > 5000);
		return state;
	},

	see(selector, text, away) {
		text = this.collapse(text);
		return this.until(() => { const el = this.find(selector); return this.visible(el) && this.textOf(el).includes(text) }, this.awayIf(away));
	},

	// frame waits until the page was drawn, or could have been.
	frame() {
		return Promise.race([new Promise(requestAnimationFrame), new Promise(done => setTimeout(done, 100))]);
	},

	// middle returns the middle of an element in the page, and whether a click
	// there would reach it.
	middle(el) {
		const r = [...el.getClientRects()].find(r => r.width > 0 && r.height > 0) || el.getBoundingClientRect();
		const x = r.x + r.width / 2, y = r.y + r.height / 2;
		const top = el.getRootNode().elementFromPoint(x, y);
		const reached = !!top && (el.contains(top) || top.closest('label')?.control === el);
		const frame = this.offset(el.ownerDocument.defaultView);
		return {x: x + frame.x, y: y + frame.y, reached};
	},

	// offset returns where the document of a window begins in the page's view.
	offset(w) {
		let x = 0, y = 0;
		for (; w !== window && w.frameElement; w = w.parent) {
			const f = w.frameElement.getBoundingClientRect();
			x += f.x + w.frameElement.clientLeft;
			y += f.y + w.frameElement.clientTop;
		}
		return {x, y};
	},

	// point returns where to click an element, once it is visible, stands still and
	// is not covered: a style sheet that arrives late moves what was there before.
	async point(selector, away) {
		for (;;) {
			if (await this.wait(selector, away) === 'away') return null;
			const el = this.find(selector);
			if (!el) continue;
			el.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
			const before = this.middle(el);
			if (before.reached && document.readyState === 'complete' && document.getAnimations().length === 0) return this.aim(el, before);
			await this.frame();
			if (!el.isConnected) continue;
			const at = this.middle(el);
			if (at.reached && at.x === before.x && at.y === before.y && document.readyState !== 'loading') return this.aim(el, at);
		}
	},

	// aim has a press that does not reach the element stopped before the page knows
	// of it: a page may move in the moment between pointing and pressing, and what
	// then lies there is not what was meant.
	aim(el, at) {
		const w = el.ownerDocument.defaultView, types = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
		const aimed = {hit: false, stop() { for (const type of types) w.removeEventListener(type, check, true) }};
		const check = e => {
			if (!e.isTrusted) return; // a script's own
			if (e.type === 'pointerdown') aimed.hit = this.isAt(el, e.composedPath()[0]);
			if (aimed.hit) return;
			e.preventDefault();
			e.stopImmediatePropagation();
		};
		this.aimed?.stop();
		this.aimed = aimed;
		for (const type of types) w.addEventListener(type, check, true);
		return at;
	},

	// isAt tells whether what was pressed is an element, in it or its label. What
	// lies in a closed shadow tree is pressed as its host.
	isAt(el, pressed) {
		if (el.contains(pressed) || pressed.closest?.('label')?.control === el) return true;
		for (let root = el.getRootNode(); root.host; root = root.host.getRootNode()) if (root.host === pressed) return true;
		return false;
	},

	// hit tells whether the last press reached what was aimed at. In another
	// document than that it did.
	hit() {
		this.aimed?.stop();
		const hit = this.aimed?.hit ?? true;
		this.aimed = null;
		return hit;
	},

	// fill types over what a field holds. The editing command is what typing is
	// to the page, event for event, without a round trip for each key; fields that
	// take no typing, such as dates, are set.
	async fill(selector, value, away) {
		if (await this.field(selector, away) === 'away') return 'away';
		const el = this.find(selector);
		el.focus();
		const typed = el.tagName === 'TEXTAREA' || el.isContentEditable ||
			(el.tagName === 'INPUT' && /^(text|search|tel|url|email|password|number|)$/.test(el.type));
		if (typed) {
			if (el.select) el.select(); else getSelection().selectAllChildren(el);
			if (value === '') el.ownerDocument.execCommand('delete');
			else el.ownerDocument.execCommand('insertText', false, value);
			if (el.isContentEditable || el.value === value) return 'ready';
		}
		el.value = value;
		el.dispatchEvent(new Event('input', {bubbles: true}));
		el.dispatchEvent(new Event('change', {bubbles: true}));
		return 'ready';
	},

	// choose selects an option of a select element by its value or its text.
	async choose(selector, value, away) {
		if (await this.field(selector, away) === 'away') return 'away';
		const el = this.find(selector);
		const option = [...(el.options || [])].find(o => o.value === value || this.collapse(o.text) === value);
		if (!option) return 'missing';
		option.selected = true;
		el.dispatchEvent(new Event('input', {bubbles: true}));
		el.dispatchEvent(new Event('change', {bubbles: true}));
		return 'ready';
	},

	part(el) {
		const cells = el.tagName === 'TR' ? [...el.cells].map(c => this.collapse(c.innerText)) : [this.textOf(el)];
		return cells.join('\t').slice(0, 4096);
	},

	// ranges returns where texts stand, and pictures whose path is one of them.
	ranges(texts, most) {
		const wanted = texts.map(t => t.toLowerCase()).filter(t => t);
		const ranges = [];
		for (const root of this.roots()) {
			for (const img of this.all(root, 'img')) {
				if (ranges.length === most || !img.currentSrc || !texts.includes(new URL(img.currentSrc).pathname)) continue;
				const range = img.ownerDocument.createRange();
				range.selectNode(img);
				ranges.push(range);
			}
			const walker = this.walk(root, NodeFilter.SHOW_TEXT);
			for (let node; (node = walker.nextNode()) && ranges.length < most;) {
				const text = node.data.toLowerCase();
				for (const t of wanted) {
					for (let at = text.indexOf(t); at >= 0 && ranges.length < most; at = text.indexOf(t, at + t.length)) {
						const range = node.ownerDocument.createRange();
						range.setStart(node, at);
						range.setEnd(node, Math.min(at + t.length, node.length));
						if (range.getClientRects().length) ranges.push(range);
					}
				}
			}
		}
		return ranges;
	},

	// mark draws a frame around each place where one of the texts stands, and each
	// picture whose path is one of them, and scrolls to the first. With cover, all
	// other texts and pictures that are in sight then are covered, but those to
	// keep. It returns how many places there are.
	mark(texts, cover, keep) {
		const layer = document.createElement('div');
		layer.id = 'notmine-marks';
		layer.style.cssText = 'position:absolute;left:0;top:0;width:0;height:0;z-index:2147483647;pointer-events:none';
		const ranges = this.ranges(texts, 200);
		this.scrolled = {x: scrollX, y: scrollY};
		const {startContainer: place, startOffset: at} = ranges[0] ?? {};
		(place?.childNodes[at] ?? place?.parentElement)?.scrollIntoView({block: 'center', behavior: 'instant'});
		const draw = (rect, view, style, more) => {
			const {x, y} = this.offset(view);
			const left = rect.x + x, top = rect.y + y;
			if (left + rect.width < 0 || top + rect.height < 0 || left > innerWidth || top > innerHeight) return;
			const box = document.createElement('div');
			box.style.cssText = `position:absolute;box-sizing:border-box;${style};left:${left + scrollX - more}px;top:${top + scrollY - more}px;` +
				`width:${rect.width + 2 * more}px;height:${rect.height + 2 * more}px`;
			layer.append(box);
		};
		if (cover) this.cover([...ranges, ...this.ranges(keep, 1000)], draw);
		for (const range of ranges) {
			for (const r of range.getClientRects()) {
				draw(r, range.startContainer.ownerDocument.defaultView, 'border:3px solid #d00000;border-radius:3px;background:rgba(255,210,0,.2)', 4);
			}
		}
		document.documentElement.append(layer);
		return ranges.length;
	},

	// cover draws over every text and picture but those in ranges. What style sheets
	// paint is not drawn at all meanwhile.
	cover(ranges, draw) {
		const hiding = 'background:#9aa0a6';
		const open = new Map(); // by node, the parts of it that stay, from and to
		for (const range of ranges) {
			const {startContainer: node, startOffset: from, endOffset: to} = range;
			open.set(node, [...open.get(node) ?? [], [from, to]]);
		}
		const sheet = new CSSStyleSheet();
		sheet.replaceSync('*, *::before, *::after { background-image: none !important; list-style-image: none !important; border-image: none !important; mask-image: none !important; }' +
			'*::before, *::after, *::marker { color: transparent !important; }');
		this.sheets = [];
		for (const root of this.roots()) {
			const view = (root.ownerDocument ?? root).defaultView;
			try {
				const own = new view.CSSStyleSheet();
				own.replaceSync([...sheet.cssRules].map(rule => rule.cssText).join(''));
				root.adoptedStyleSheets.push(own);
				this.sheets.push([root, own]);
			} catch { // a root that takes none
			}
			const walker = this.walk(root, NodeFilter.SHOW_TEXT);
			for (let node; (node = walker.nextNode());) {
				if (!node.data.trim()) continue;
				const stay = (open.get(node) ?? []).sort((a, b) => a[0] - b[0]);
				let from = 0;
				for (const [start, end] of [...stay, [node.length, node.length]]) {
					if (start > from) {
						const range = node.ownerDocument.createRange();
						range.setStart(node, from);
						range.setEnd(node, start);
						for (const r of range.getClientRects()) if (r.width && r.height) draw(r, view, hiding, 0);
					}
					from = Math.max(from, end);
				}
			}
			for (const el of this.all(root, 'img, svg, canvas, video, object, embed, input, textarea, select, progress, meter, iframe, frame, picture')) {
				if (el.contentDocument) continue; // what is in it is covered
				const stays = [...open.keys()].some(node => node === el.parentNode && open.get(node).some(([from, to]) => node.childNodes[from] === el && to === from + 1));
				if (!stays) draw(el.getBoundingClientRect(), view, hiding, 0);
			}
		}
	},

	// unmark takes the frames away and scrolls back.
	unmark() {
		document.getElementById('notmine-marks')?.remove();
		for (const [root, sheet] of this.sheets ?? []) root.adoptedStyleSheets = root.adoptedStyleSheets.filter(other => other !== sheet);
		this.sheets = [];
		if (this.scrolled) scrollTo({left: this.scrolled.x, top: this.scrolled.y, behavior: 'instant'});
	},
})
