// How the document is asked. A page can name form fields and pictures so that
// they hide what every form and document has: a field called "attributes" is
// what form.attributes is then. So the interfaces themselves are asked, and
// these are this world's own.
(() => {
	const getter = (type, name) => {
		const {get} = Object.getOwnPropertyDescriptor(type.prototype, name);
		return node => get.call(node);
	};
	const method = (type, name) => {
		const f = type.prototype[name];
		return (node, arg, more) => f.call(node, arg, more);
	};
	const every = {
		[Node.DOCUMENT_NODE]: method(Document, 'querySelectorAll'),
		[Node.DOCUMENT_FRAGMENT_NODE]: method(DocumentFragment, 'querySelectorAll'),
		[Node.ELEMENT_NODE]: method(Element, 'querySelectorAll'),
	};
	const nodeType = getter(Node, 'nodeType');
	const ownerDocument = getter(Node, 'ownerDocument');
	const first = {
		[Node.DOCUMENT_NODE]: method(Document, 'querySelector'),
		[Node.DOCUMENT_FRAGMENT_NODE]: method(DocumentFragment, 'querySelector'),
	};
	const sheets = getter(Document, 'adoptedStyleSheets'), linkedSheets = getter(Document, 'styleSheets');
	const shadowSheets = getter(ShadowRoot, 'adoptedStyleSheets'), shadowLinkedSheets = getter(ShadowRoot, 'styleSheets');
	const framed = new Map([
		['iframe', getter(HTMLIFrameElement, 'contentDocument')],
		['frame', getter(HTMLFrameElement, 'contentDocument')],
		['object', getter(HTMLObjectElement, 'contentDocument')],
	]);
	return {
		nodeType,
		tag: getter(Element, 'localName'),
		id: getter(Element, 'id'),
		attributeNames: method(Element, 'getAttributeNames'),
		attribute: method(Element, 'getAttribute'),
		openShadow: getter(Element, 'shadowRoot'),
		parentNode: getter(Node, 'parentNode'),
		childNodes: getter(Node, 'childNodes'),
		textContent: getter(Node, 'textContent'),
		innerText: getter(HTMLElement, 'innerText'),
		closest: method(Element, 'closest'),
		matches: method(Element, 'matches'),
		rectangle: method(Element, 'getBoundingClientRect'),
		checkVisibility: method(Element, 'checkVisibility'),
		titleOf: getter(Document, 'title'),
		bodyOf: getter(Document, 'body'),
		topOf: getter(Document, 'documentElement'),
		windowOf: getter(Document, 'defaultView'),
		addressOf: getter(Document, 'URL'),
		sheetsOf: root => (nodeType(root) === Node.DOCUMENT_NODE ? sheets : shadowSheets)(root),
		linkedSheetsOf: root => (nodeType(root) === Node.DOCUMENT_NODE ? linkedSheets : shadowLinkedSheets)(root),
		rootOf: method(Node, 'getRootNode'),
		hostOf: getter(ShadowRoot, 'host'),

		// closed has the closed shadow roots that the browser told of, by their hosts.
		closed: new WeakMap(),

		shadowOf(el) {
			return this.openShadow(el) ?? this.closed.get(el) ?? null;
		},

		// frameOf returns the document in a frame; null if it may not be looked into,
		// and undefined for what is no frame.
		frameOf(el, tag = this.tag(el)) {
			return framed.get(tag)?.(el);
		},

		documentOf(node) {
			return nodeType(node) === Node.DOCUMENT_NODE ? node : ownerDocument(node);
		},

		all(root, selector) {
			return every[nodeType(root)](root, selector);
		},

		walk(root, what) {
			return method(Document, 'createTreeWalker')(this.documentOf(root), root, what);
		},

		// roots yields a root, the shadow roots in it, and the documents of the frames
		// that live in the same process, and what is in these.
		*roots(root = document) {
			const all = [root];
			for (let n = 0; n < all.length; n++) {
				yield all[n];
				for (const el of this.all(all[n], '*')) {
					const shadow = this.shadowOf(el), frame = this.frameOf(el);
					if (shadow) all.push(shadow);
					if (frame) all.push(frame);
				}
			}
		},

		find(selector) {
			for (const root of this.roots()) {
				const el = first[nodeType(root)](root, selector);
				if (el) return el;
			}
			return null;
		},
	};
})()
