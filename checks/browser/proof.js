// What the proof of isolation runs in a page of the echo server. The expression
// is one object.
({
	open(name, version, upgrade) {
		return new Promise((resolve, reject) => {
			const r = indexedDB.open(name, version);
			r.onupgradeneeded = () => upgrade(r.result);
			r.onsuccess = () => resolve(r.result);
			r.onerror = () => reject(r.error);
		});
	},

	done(request) {
		return new Promise((resolve, reject) => {
			request.onsuccess = () => resolve(request.result);
			request.onerror = () => reject(request.error);
		});
	},

	auth(path, ...credentials) {
		return new Promise(resolve => {
			const r = new XMLHttpRequest();
			r.open('GET', path, true, ...credentials);
			r.onloadend = () => resolve(r.status === 200 ? r.responseText : '');
			r.send();
		});
	},

	// write leaves who everywhere a browser keeps something.
	async write(who) {
		document.cookie = 'script=' + who;
		localStorage.setItem('who', who);
		sessionStorage.setItem('who', who);
		const db = await this.open('proof', 1, db => db.createObjectStore('who'));
		await this.done(db.transaction('who', 'readwrite').objectStore('who').put(who, 'who'));
		db.close();
		await (await caches.open('proof')).put('/kept', new Response(who));
		await (await fetch('/set?who=' + who)).text();
		await (await fetch('/cached')).text();
		await this.auth('/auth?ask', who, 'proof');
	},

	// read returns what is found in each of those places.
	async read() {
		const db = await this.open('proof', 1, db => db.createObjectStore('who'));
		const stored = await this.done(db.transaction('who').objectStore('who').get('who'));
		db.close();
		const kept = await caches.match('/kept');
		const sent = await (await fetch('/sent', {cache: 'no-store'})).text();
		const cached = await (await fetch('/cached')).text();
		return {
			'cookies of scripts': document.cookie.match(/script=(\w+)/)?.[1] ?? '',
			'cookies of the server': sent.match(/server=(\w+)/)?.[1] ?? '',
			'local storage': localStorage.getItem('who') ?? '',
			'session storage': sessionStorage.getItem('who') ?? '',
			'IndexedDB': stored ?? '',
			'Cache Storage': kept ? await kept.text() : '',
			'HTTP cache': cached,
			'HTTP credentials': await this.auth('/auth'),
		};
	},
})
