// What the document holds: what it shows, and what it does not.
(() => {
	const maxItems = 2000;
	const maxStyled = 20000; // elements whose ::before and ::after are asked for
	const maxHosts = 10000;  // elements that the browser is asked about
	const maxFetched = 50;   // blob: URLs and drawings

	// What may have a shadow tree, besides elements with a name of the page's own.
	const hosts = new Set(['article', 'aside', 'blockquote', 'body', 'div', 'footer', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'header', 'main', 'nav', 'p', 'section', 'span']);
	// Whose text has a surface of its own.
	const apart = new Set(['script', 'style', 'noscript', 'template']);
	// What text runs through. Other elements set it apart.
	const inline = new Set(['a', 'abbr', 'b', 'bdi', 'bdo', 'big', 'cite', 'code', 'data', 'del', 'dfn', 'em', 'font', 'i', 'ins', 'kbd', 'mark', 'q', 's', 'samp', 'slot', 'small', 'span', 'strike', 'strong', 'sub', 'sup', 'time', 'tt', 'u', 'var', 'wbr']);
	// Whose own text is not drawn, or not always.
	const fallback = new Set(['audio', 'canvas', 'details', 'iframe', 'meter', 'object', 'progress', 'video']);

	const isURL = /^\s*(data|blob):/i;
	const any = {visibilityProperty: true, opacityProperty: true}, visibility = {visibilityProperty: true};
	const encoder = new TextEncoder();

	// Gathering is what was found so far, each surface up to limit bytes.
	class Gathering {
		shown = [];
		missed = [];
		blobs = new Map(); // blob: URLs and canvases, with the path of each
		hosts = [];        // elements that may have a closed shadow root
		closed = 0;        // frames that could not be looked into
		styled = 0;
		attributes = new Map();
		held = 0;          // characters in attributes
		used = {};

		constructor(limit) { this.limit = limit }

		miss(surface, why, path = '') {
			if (!this.missed.some(m => m.surface === surface && m.why === why)) this.missed.push({surface, path, why});
		}

		// room returns how many bytes more a surface takes, and counts an item.
		room(surface, path) {
			const used = this.used[surface] ??= {items: 0, bytes: 0};
			if (used.items >= maxItems) {
				this.miss(surface, `more than ${maxItems} items`, path);
				return 0;
			}
			used.items++;
			return this.limit - used.bytes;
		}

		// add adds a text. Its path may be given as the URL that it is of.
		add(surface, text, {path = '', url = '', type = '', items = 1} = {}) {
			text = text.trim();
			if (!text) return;
			const room = this.room(surface, path);
			if (!room) return;
			let bytes = encoder.encode(text).length;
			if (bytes > room) {
				this.miss(surface, `longer than ${this.limit} bytes`, path);
				const {read, written} = encoder.encodeInto(text, new Uint8Array(room));
				text = text.slice(0, read);
				bytes = room;
			}
			this.used[surface].bytes += bytes;
			this.shown.push({surface, path, url, type, text, items});
		}

		// addData adds bytes, given as base64.
		addData(surface, data, {path = '', url = '', type = ''} = {}) {
			if (!data) return;
			const room = this.room(surface, path);
			if (!room) return;
			let bytes = Math.floor(data.length / 4) * 3;
			if (bytes > room) {
				this.miss(surface, `longer than ${this.limit} bytes`, path);
				data = data.slice(0, Math.floor(room / 3) * 4);
				bytes = room;
			}
			this.used[surface].bytes += bytes;
			this.shown.push({surface, path, url, type, data, items: 1});
		}

		// addBlob adds what a Blob holds, read no further than there is room.
		async addBlob(surface, blob, about = {}) {
			const url = await new Promise((resolve, reject) => {
				const reader = new FileReader();
				reader.onload = () => resolve(reader.result);
				reader.onerror = () => reject(reader.error);
				reader.readAsDataURL(blob.slice(0, this.limit + 3));
			});
			this.addData(surface, url.slice(url.indexOf(',') + 1), {type: blob.type, ...about});
		}

		attribute(path, value) {
			let values = this.attributes.get(path);
			if (!values) {
				if (this.attributes.size >= maxItems) {
					this.miss('attribute', `more than ${maxItems} items`, path);
					return;
				}
				this.attributes.set(path, values = new Set());
			}
			if (this.held > this.limit || values.has(value)) return; // what is over is told when they are added
			this.held += value.length;
			values.add(value);
		}

		// url takes a data: or blob: URL.
		url(path, value) {
			if (/^blob:/i.test(value)) this.blobs.set(value, path);
			else this.dataURL(path, value);
		}

		// dataURL adds what a data: URL holds, as RFC 2397 has it.
		dataURL(path, value) {
			const comma = value.indexOf(',');
			if (comma < 0) return;
			const [, type, base64] = value.slice(5, comma).match(/^(.*?)(;\s*base64)?\s*$/is);
			const bytes = new URL(value.slice(0, 5) + value.slice(comma)).href.slice(6)
				.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
			let data = '';
			try { data = base64 ? btoa(atob(bytes)) : btoa(bytes) } catch {}
			if (data) this.addData('blob', data, {path, type});
			else this.add('blob', value, {path});
		}

		// urlsIn takes the data: and blob: URLs in a style sheet.
		urlsIn(path, css) {
			if (!/(data|blob):/i.test(css)) return;
			for (const found of css.matchAll(/url\(\s*(?:"((?:data|blob):[^"]*)"|'((?:data|blob):[^']*)'|((?:data|blob):[^)\s]*))\s*\)/gi)) {
				this.url(path, found[1] ?? found[2] ?? found[3]);
			}
		}
	}

	return {
		// look returns what the document and its browser hold, once ready, if given,
		// selects something visible. Where the login form comes up instead, it returns
		// that; with settle, whatever page it is. closed is how many frames it could not
		// look into.
		async look({identity, compare, ready, away, settle, limit}) {
			const into = new Gathering(limit);
			if (settle) await this.settled(ready, away);
			let left = !settle && !!ready && await this.wait(ready, away) === 'away';
			if (!await this.parsed()) into.miss('text', 'the document was still coming');
			left ||= !settle && !ready && !!away?.length && this.stands(away);
			const seen = {url: location.href, title: this.titleOf(document), identity: '', parts: {}, away: left};
			const el = identity && this.find(identity);
			if (el) seen.identity = this.textOf(el).slice(0, 256);
			const roots = compare.length ? [...this.roots()] : [];
			for (const selector of compare) {
				const all = roots.flatMap(root => [...this.all(root, selector)]);
				seen.parts[selector] = all.slice(0, maxItems).map(el => this.part(el));
				if (all.length > maxItems) into.miss('text', `${selector} has more than ${maxItems} elements`);
			}
			const kept = this.stores([window], into); // the browser looks them up meanwhile
			const windows = this.readAll([document], into);
			for (const w of windows) if (Object.hasOwn(w, 'passing')) w.passing.tell(into); // see passing.js
			seen.worker = this.fromWorker(windows);
			windows.delete(window);
			await Promise.all([kept, this.fetched(into), this.stores(windows, into, [origin])]);
			return {...seen, ...this.told(into)};
		},

		// fromWorker counts the answers to documents of windows, and to what they
		// loaded, that a service worker was asked for.
		fromWorker(windows) {
			const entries = [...windows].flatMap(w => ['navigation', 'resource'].flatMap(kind => w.performance.getEntriesByType(kind)));
			return entries.filter(entry => entry.workerStart > 0).length;
		},

		// lookInto returns what closed shadow roots hold, and what is in them.
		async lookInto(limit, ...roots) {
			for (const root of roots) this.closed.set(this.hostOf(root), root);
			const into = new Gathering(limit);
			const windows = this.readAll(roots, into);
			await Promise.all([this.fetched(into), this.stores(windows, into, [origin])]);
			return this.told(into);
		},

		// lookedFrom tells whether the window around this one can look into it.
		lookedFrom() {
			try { return parent !== window && !!parent.document } catch { return false }
		},

		told(into) {
			this.hosts = into.hosts.slice(0, maxHosts);
			if (into.hosts.length > maxHosts) into.miss('text', `more than ${maxHosts} elements that may have a closed shadow tree`);
			return {shown: into.shown, missed: into.missed, closed: into.closed, hosts: this.hosts.length};
		},

		// readAll reads roots and what is inside them, and returns the windows.
		readAll(roots, into) {
			const windows = new Set();
			for (let n = 0; n < roots.length; n++) {
				const root = roots[n];
				const of = this.documentOf(root), window = this.windowOf(of);
				const url = window && window === globalThis.window && window === window.top ? '' : this.addressOf(of);
				if (root === of) {
					if (window) windows.add(window);
					into.add('title', this.titleOf(root));
				}
				roots.push(...this.read(root, url, into));
			}
			for (const [path, values] of into.attributes) into.add('attribute', [...values].join('\n'), {path, items: values.size});
			return windows;
		},

		// read reads one document or shadow tree, and returns those inside it.
		read(root, url, into) {
			const inside = [];
			const of = this.documentOf(root), view = this.windowOf(of);
			let styled = this.styles(root);
			if (styled && root !== of) { // it may style what is around it and what it shows of that
				const host = this.hostOf(root);
				for (const el of [host, ...this.all(host, ':scope > *')]) this.readStyled(el, this.tag(el), view, into);
			}
			for (let up = root; !styled && up !== of;) styled = this.styles(up = this.rootOf(this.hostOf(up)));
			for (const el of this.all(root, '*')) {
				const tag = this.tag(el);
				this.readAttributes(el, tag, into);
				this.readElement(el, tag, into);
				if (styled) this.readStyled(el, tag, view, into);
				if (hosts.has(tag) || tag.includes('-')) {
					const shadow = this.shadowOf(el);
					if (shadow) inside.push(shadow);
					else into.hosts.push(el);
				}
				const frame = this.frameOf(el, tag);
				if (frame) inside.push(frame);
				else if (frame === null && tag !== 'object') into.closed++;
			}
			into.add('text', this.visibleText(root, this.readUnseen(root, into)), {url});
			for (const sheet of this.sheetsOf(root)) into.add('style', this.rulesOf(sheet), {path: 'adopted', type: 'text/css'});
			return inside;
		},

		// readUnseen reads the comments of a document or shadow tree and its texts that
		// are not visible. It returns the elements that are drawn, but where nobody
		// can see them.
		readUnseen(root, into) {
			const of = this.documentOf(root), view = this.windowOf(of), top = this.topOf(of);
			const edge = {x: view?.scrollX ?? 0, y: view?.scrollY ?? 0}; // of the page's beginning
			if (view && top && view.getComputedStyle(top).direction === 'rtl') edge.x += top.scrollWidth - top.clientWidth;
			const known = new Set(), unseen = new Set(), comments = [];
			const walker = this.walk(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT);
			for (let node; (node = walker.nextNode());) {
				if (!/\S/.test(node.data)) continue;
				if (node.nodeType === Node.COMMENT_NODE) {
					comments.push(node.data);
					continue;
				}
				const around = this.parentNode(node);
				if (known.has(around)) continue;
				known.add(around);
				const [text, el] = around === root ? [this.ownText(root, true), this.hostOf(root)] : this.unseenText(around, edge, known, unseen);
				if (text) into.add('hidden', text, {path: this.named(el)});
			}
			into.add('hidden', comments.join('\n'), {path: 'comment', items: comments.length});
			return unseen;
		},

		// unseenText returns the text that is not visible in an element which has text
		// of its own, or in the outermost one around it that is like it, and that
		// element. Those in known were returned before.
		unseenText(el, edge, known, unseen) {
			const tag = this.tag(el);
			if (apart.has(tag) || this.isTitle(el)) return [];
			const outermost = (el, like) => {
				for (let up; (up = this.parentNode(el)) && this.nodeType(up) === Node.ELEMENT_NODE && like(up);) el = up;
				return el;
			};
			const once = (top, text) => {
				if (top !== el && known.has(top)) return [];
				known.add(top);
				return [text(top), top];
			};
			const unseenAt = top => {
				unseen.add(top);
				return once(top, top => this.drawnText(top));
			};
			if (!this.checkVisibility(el, any)) {
				if (!this.checkVisibility(el)) {
					if (tag === 'option' && this.checkVisibility(this.closest(el, 'select') ?? el)) return []; // it counts as text
					return once(outermost(el, up => !this.checkVisibility(up)), top => this.textIn(top));
				}
				if (this.checkVisibility(el, visibility)) return unseenAt(outermost(el, up => !this.checkVisibility(up, any)));
				const top = outermost(el, up => !this.checkVisibility(up, visibility));
				for (const inner of this.all(top, '*')) if (this.checkVisibility(inner, visibility)) return [this.ownText(el), el];
				return once(top, top => this.textIn(top));
			}
			const r = this.rectangle(el);
			if (r.width <= 1 && r.height <= 1 && getComputedStyle(el).overflow !== 'visible') return unseenAt(el);
			if (this.off(r, edge)) {
				const top = outermost(el, up => this.off(this.rectangle(up), edge));
				for (let at = el; ; at = this.parentNode(at)) {
					if (/absolute|fixed/.test(getComputedStyle(at).position)) return unseenAt(at);
					if (at === top) break;
				}
			}
			if (fallback.has(tag) || this.shadowOf(el)) return [this.ownText(el, tag !== 'details' || el.open), el];
			return [];
		},

		// off tells what lies above the page or beside its beginning, where nobody can
		// scroll to.
		off(r, edge) {
			return (r.right + edge.x <= 0 || r.bottom + edge.y <= 0) && (r.width > 0 || r.height > 0);
		},

		isTitle(el) {
			return this.tag(el) === 'title' && this.matches(el, 'head > title');
		},

		// named names an element as a selector would.
		named(el, tag = this.tag(el)) {
			const id = this.id(el);
			return id ? tag + '#' + id : tag;
		},

		// textIn returns the text in an element that is not drawn.
		textIn(el) {
			const walker = this.walk(el, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
			let text = '', block = null;
			for (let node = el; node; node = walker.nextNode()) {
				if (this.nodeType(node) === Node.ELEMENT_NODE) {
					if (!inline.has(this.tag(node))) text += '\n';
					continue;
				}
				let around = this.parentNode(node);
				if (apart.has(this.tag(around)) || this.isTitle(around)) continue;
				while (around !== el && inline.has(this.tag(around))) around = this.parentNode(around);
				if (around !== block) text += '\n';
				block = around;
				text += node.data;
			}
			return text;
		},

		// ownText returns the text nodes of an element; only those that are not drawn,
		// if that is asked for.
		ownText(el, undrawn) {
			let text = '';
			for (const node of this.childNodes(el)) {
				if (this.nodeType(node) === Node.TEXT_NODE && /\S/.test(node.data) && !(undrawn && this.drawn(node))) text += node.data;
			}
			return text;
		},

		drawn(text) {
			const range = this.documentOf(text).createRange();
			range.selectNodeContents(text);
			return range.getClientRects().length > 0;
		},

		// visibleText returns the text of a document or shadow tree without what is
		// drawn where nobody sees it.
		visibleText(root, unseen) {
			const above = new Set();
			for (const el of unseen) for (let up = this.parentNode(el); up && !above.has(up); up = this.parentNode(up)) above.add(up);
			if (this.nodeType(root) !== Node.DOCUMENT_NODE) return this.textAround(root, unseen, above);
			const top = this.bodyOf(root) ?? this.topOf(root);
			return top && this.checkVisibility(top) ? this.textAround(top, unseen, above) : '';
		},

		textAround(node, unseen, above) {
			if (this.nodeType(node) === Node.ELEMENT_NODE && !above.has(node)) return this.drawnText(node);
			let text = '';
			for (const child of this.childNodes(node)) {
				if (this.nodeType(child) === Node.TEXT_NODE) {
					if (this.drawn(child)) text += child.data.replace(/\s+/g, ' ');
				} else if (this.nodeType(child) === Node.ELEMENT_NODE && !unseen.has(child) && !apart.has(this.tag(child)) && this.checkVisibility(child)) {
					const inner = this.textAround(child, unseen, above);
					text += getComputedStyle(child).display.startsWith('inline') ? inner : '\n' + inner + '\n';
				}
			}
			return text;
		},

		drawnText(el) {
			return el instanceof HTMLElement || 'innerText' in el ? this.innerText(el) : this.textContent(el);
		},

		readAttributes(el, tag, into) {
			for (const name of this.attributeNames(el)) {
				const value = this.attribute(el, name);
				if (value === '') continue;
				const path = tag + '[' + name + ']';
				if (isURL.test(value)) into.url(path, value.trim());
				else {
					if (name === 'style') into.urlsIn(path, value);
					if (name === 'value' && (tag === 'option' || tag === 'input' && (this.secret(el) || el.value === value))) continue; // that is of the form
					into.attribute(path, value);
				}
			}
		},

		// secret tells the fields that hold a password.
		secret(input) {
			return input.type === 'password' || /password/i.test(input.autocomplete);
		},

		// readElement reads what an element holds that is neither text nor attribute.
		readElement(el, tag, into) {
			switch (tag) {
			case 'input':
				if (!this.secret(el)) into.add('form', el.value, {path: el.name || el.id || tag});
				break;
			case 'textarea':
				into.add('form', el.value === el.defaultValue ? el.value : el.value + '\n' + el.defaultValue, {path: el.name || el.id || tag});
				break;
			case 'select': {
				const texts = new Set();
				for (const option of el.options ?? []) texts.add(option.value).add(option.text);
				into.add('form', [...texts].join('\n'), {path: el.name || el.id || tag, items: texts.size});
				break;
			}
			case 'script':
				into.add('script', this.textContent(el), {path: el.id || el.type || tag, type: el.type === 'module' ? '' : el.type});
				break;
			case 'style':
				this.readSheet(el, into);
				break;
			case 'template':
				into.add('hidden', el.innerHTML, {path: this.named(el, tag), type: 'text/html'});
				break;
			case 'noscript':
				into.add('hidden', this.textContent(el), {path: this.named(el, tag), type: 'text/html'});
				break;
			case 'canvas':
				into.blobs.set(el, tag);
			}
		},

		// readSheet reads a style element: its text and, if scripts have changed it,
		// its rules.
		readSheet(el, into) {
			const path = this.named(el), text = this.textContent(el);
			into.add('style', text, {path, type: 'text/css'});
			into.urlsIn(path, text);
			const fresh = new CSSStyleSheet();
			fresh.replaceSync(text);
			const rules = el.sheet?.cssRules ?? [];
			if ([...rules].filter(rule => rule.type !== CSSRule.IMPORT_RULE).length === fresh.cssRules.length) return;
			const all = this.rulesOf(el.sheet);
			into.add('style', all, {path, type: 'text/css'});
			into.urlsIn(path, all);
		},

		rulesOf(sheet) {
			return [...sheet.cssRules].map(rule => rule.cssText).join('\n');
		},

		// styles tells whether a style sheet of a document or shadow tree may put text
		// before or after elements: whether one says so, or cannot be read. Asking
		// every element costs as much as all the rest of a reading.
		styles(root) {
			const puts = rule => rule.type === CSSRule.IMPORT_RULE || /:(before|after|marker)/i.test(rule.selectorText) || some(rule);
			const some = ({cssRules: rules}) => {
				for (let n = 0; n < (rules?.length ?? 0); n++) if (puts(rules[n])) return true;
				return false;
			};
			try {
				return [...this.linkedSheetsOf(root), ...this.sheetsOf(root)].some(some);
			} catch {
				return true;
			}
		},

		// readStyled reads the text that style sheets put before and after an element.
		readStyled(el, tag, view, into) {
			if (into.styled >= maxStyled) {
				into.miss('style', `more than ${maxStyled} elements`);
				return;
			}
			into.styled++;
			for (const part of tag === 'li' ? ['::before', '::after', '::marker'] : ['::before', '::after']) {
				const {content} = view.getComputedStyle(el, part);
				if (!content || content === 'none' || content === 'normal') continue;
				const path = this.named(el, tag) + part;
				into.urlsIn(path, content);
				const text = [...content.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(found => found[1]).join('');
				into.add('style', text, {path});
			}
		},

		// fetched reads blob: URLs and drawings.
		async fetched(into) {
			const all = [...into.blobs];
			if (all.length > maxFetched) into.miss('blob', `more than ${maxFetched} blob: URLs and drawings`, all[maxFetched][1]);
			await Promise.all(all.slice(0, maxFetched).map(([what, path]) => this.soon(
				() => typeof what === 'string' ? this.fetchBlob(what, path, into) : this.drawing(what, path, into),
				() => into.miss('blob', 'it took too long to read', path),
			)));
		},

		async fetchBlob(url, path, into) {
			let blob;
			try {
				blob = await (await fetch(url)).blob();
			} catch {
				into.miss('blob', 'it was taken back, or the page forbids to read it', path);
				return;
			}
			await into.addBlob('blob', blob, {path});
		},

		async drawing(canvas, path, into) {
			if (!canvas.width || !canvas.height) return;
			try {
				const blob = await new Promise(done => canvas.toBlob(done));
				if (blob) await into.addBlob('blob', blob, {path});
				else into.miss('blob', 'the drawing is too large', path);
			} catch {
				into.miss('blob', 'the drawing has pictures of other origins in it', path);
			}
		},
	};
})()
