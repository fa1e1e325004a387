// What tells of notifications, in the page's own world and in its workers: the
// only script of notmine that a page could notice. It must not: the functions
// that it stands before keep their name, length, properties and text.
//
// A browser without a window (chromium-headless-shell) has nowhere to show a
// notification and refuses each one. Where it does, this answers in its place as
// one that was granted: the page is told that its notification was shown.
(token => {
	if (typeof Notification !== 'function') return;
	const {apply, construct, defineProperty, getOwnPropertyDescriptor} = Reflect;
	const tell = console.debug.bind(console), stringify = JSON.stringify, resolve = Promise.resolve.bind(Promise);
	const listen = EventTarget.prototype.addEventListener, dispatch = EventTarget.prototype.dispatchEvent;
	const stop = Event.prototype.stopImmediatePropagation, Shown = Event, Native = Notification;
	const isPage = typeof document === 'object';

	// A frame of another site has no right to ask for notifications, nor has a
	// page that did not come over a secure connection.
	const refused = () => {
		if (!isSecureContext) return false;
		try { if (isPage && top.origin !== origin) return false } catch { return false }
		return permission() !== 'granted';
	};
	const said = (title, options) => {
		let text = `${title}`;
		try {
			stringify(options, (key, value) => {
				if (typeof value === 'string' || typeof value === 'number') text += `\n${key} ${value}`;
				return value;
			});
		} catch {}
		tell(token, isPage ? 'page' : 'worker', text);
	};

	// stands has a proxy stand before a function, whose text remains the native one.
	const natives = new WeakMap(), native = WeakMap.prototype.get.bind(natives);
	const before = (f, traps) => {
		const proxy = new Proxy(f, traps);
		natives.set(proxy, f);
		return proxy;
	};
	const replace = (object, name, traps, part = 'value') => {
		const was = getOwnPropertyDescriptor(object, name);
		if (typeof was?.[part] === 'function') defineProperty(object, name, {...was, [part]: before(was[part], traps)});
	};
	const permission = getOwnPropertyDescriptor(Native, 'permission').get.bind(Native);

	replace(Function.prototype, 'toString', {apply: (f, self, args) => apply(f, native(self) ?? self, args)});
	replace(globalThis, 'Notification', {construct(f, args, made) {
		const notification = construct(f, args, made);
		said(args[0], args[1]);
		if (refused()) apply(listen, notification, ['error', event => {
			apply(stop, event, []);
			apply(dispatch, notification, [new Shown('show')]);
		}]);
		return notification;
	}});
	defineProperty(Native.prototype, 'constructor', {...getOwnPropertyDescriptor(Native.prototype, 'constructor'), value: Notification});
	replace(Native, 'permission', {apply: (f, self, args) => refused() ? 'granted' : apply(f, self, args)}, 'get');
	replace(Native, 'requestPermission', {apply(f, self, args) {
		if (!refused()) return apply(f, self, args);
		if (typeof args[0] === 'function') resolve('granted').then(args[0]);
		return resolve('granted');
	}});
	if (typeof ServiceWorkerRegistration === 'function') {
		replace(ServiceWorkerRegistration.prototype, 'showNotification', {apply(f, self, args) {
			const shown = apply(f, self, args);
			said(args[0], args[1]);
			return refused() ? shown.then(undefined, () => {}) : shown;
		}});
	}
})
