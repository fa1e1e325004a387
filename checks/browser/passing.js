// What a page showed only in passing: texts that it took away again before it
// was looked at, such as a toast or another title. It runs in notmine's own
// world from the document's beginning. Like dom.js, it asks the interfaces
// themselves.
globalThis.passing ??= (() => {
	const most = 1 << 18; // characters
	const getter = (type, name) => {
		const {get} = Object.getOwnPropertyDescriptor(type.prototype, name);
		return node => get.call(node);
	};
	const nodeType = getter(Node, 'nodeType'), nodeName = getter(Node, 'nodeName'), textContent = getter(Node, 'textContent');
	const isConnected = getter(Node, 'isConnected'), parentNode = getter(Node, 'parentNode');
	const gone = {hidden: new Set(), title: new Set()}; // texts
	let size = 0;

	const keep = (parent, text) => {
		if (size > most || !/\S/.test(text)) return;
		const texts = gone[parent && nodeName(parent) === 'TITLE' ? 'title' : 'hidden'];
		if (texts.has(text)) return;
		size += text.length;
		if (size > most) observer.disconnect(); // there is no more room
		else texts.add(text);
	};
	const textOf = node => {
		switch (nodeType(node)) {
		case Node.TEXT_NODE: return textContent(node);
		case Node.ELEMENT_NODE: return /^(script|style)$/i.test(nodeName(node)) ? '' : textContent(node);
		}
		return '';
	};
	const follow = records => {
		for (const {type, target, oldValue, removedNodes} of records) {
			if (type === 'characterData') keep(parentNode(target), oldValue);
			else for (const node of removedNodes) if (!isConnected(node)) keep(target, textOf(node)); // else it was moved
		}
	};
	const observer = new MutationObserver(follow);
	const observe = () => observer.observe(document, {subtree: true, childList: true, characterData: true, characterDataOldValue: true});
	observe();

	return {
		// tell adds what passed since it was last called to a gathering of look.js.
		tell(into) {
			follow(observer.takeRecords());
			for (const [surface, texts] of Object.entries(gone)) {
				into.add(surface, [...texts].join('\n'), {path: 'in passing', items: texts.size});
				texts.clear();
			}
			if (size > most) {
				into.miss('hidden', `more than ${most} characters were shown in passing`, 'in passing');
				observe();
			}
			size = 0;
		},
	};
})();
