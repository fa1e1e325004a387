// What the browser keeps for the page: history, storage, databases and caches.
(() => {
	const maxEntries = 200; // of one store
	const maxStores = 50;   // databases of a site, and its caches
	const maxDepth = 32;
	const maxLeaves = 10000;

	const kindOf = value => Object.prototype.toString.call(value).slice(8, -1);
	const done = request => new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});

	return {
		patience: 1000, // milliseconds without a step forward in one database, cache or blob: URL

		// soon waits for work, but not for long: then it calls late. Work is given a
		// function to call when it has come a step forward, which gives it new time, up
		// to five times as much in all. Work that fails has nothing to add.
		soon(work, late) {
			const until = performance.now() + 5 * this.patience;
			return new Promise(resolve => {
				let timer, over = false;
				const end = () => { over = true; clearTimeout(timer); resolve() };
				const step = () => {
					clearTimeout(timer);
					if (!over) timer = setTimeout(() => { late(); end() }, Math.min(this.patience, until - performance.now()));
				};
				step();
				work(step).catch(() => {}).then(end);
			});
		},

		// stores reads what is kept for some windows and for their origins, but those
		// that are known.
		async stores(windows, into, known = []) {
			const sites = new Map();
			for (const w of windows) {
				await this.history(w, into);
				if (!known.includes(w.origin)) sites.set(w.origin, w);
			}
			await Promise.all([...sites.values()].map(w => {
				this.storage(w, into);
				return Promise.all([this.databases(w, into), this.caches(w, into)]);
			}));
		},

		async history(w, into) {
			await this.add('history', w.history.state, {}, into);
			await this.add('history', w.navigation?.currentEntry?.getState(), {path: 'navigation'}, into);
			into.add('history', w.name, {path: 'window.name'});
		},

		storage(w, into) {
			for (const which of ['local', 'session']) {
				let kept;
				try { kept = w[which + 'Storage'] } catch { continue } // a window without a site keeps nothing
				for (let n = 0; n < kept.length; n++) {
					const key = kept.key(n);
					into.add('storage', key + '\n' + kept.getItem(key), {path: which + ':' + key});
				}
			}
		},

		async databases(w, into) {
			let all;
			try { all = await w.indexedDB.databases() } catch { return } // as of storage
			if (all.length > maxStores) into.miss('database', `more than ${maxStores} databases`);
			await Promise.all(all.slice(0, maxStores).map(({name}) => {
				const open = w.indexedDB.open(name);
				let late = false;
				open.onupgradeneeded = () => open.transaction.abort(); // it was deleted meanwhile; do not make it
				const reading = done(open).then(db => {
					db.onversionchange = () => db.close(); // never stand in the page's way
					return (late ? Promise.resolve() : this.database(db, into)).finally(() => db.close());
				});
				return this.soon(() => reading, () => {
					late = true;
					into.miss('database', 'the database was blocked, or slow', name);
				});
			}));
		},

		async database(db, into) {
			const names = [...db.objectStoreNames];
			if (!names.length) return;
			const transaction = db.transaction(names, 'readonly');
			await Promise.all(names.map(async name => {
				const path = db.name + '/' + name, store = transaction.objectStore(name);
				const [keys, values] = await Promise.all([done(store.getAllKeys(null, maxEntries + 1)), done(store.getAll(null, maxEntries + 1))]);
				if (keys.length > maxEntries) into.miss('database', `more than ${maxEntries} entries`, path);
				for (let n = 0; n < Math.min(keys.length, maxEntries); n++) await this.add('database', [keys[n], values[n]], {path}, into);
			}));
		},

		async caches(w, into) {
			let names;
			try { names = await w.caches.keys() } catch { return } // as of storage, and where the connection is not safe
			if (names.length > maxStores) into.miss('cache', `more than ${maxStores} caches`);
			await Promise.all(names.slice(0, maxStores).map(name => this.soon(
				step => this.cache(w, name, into, step),
				() => into.miss('cache', 'the cache was slow', name),
			)));
		},

		async cache(w, name, into, step) {
			const cache = await w.caches.open(name), requests = await cache.keys();
			if (requests.length > maxEntries) into.miss('cache', `more than ${maxEntries} entries`, name);
			for (const request of requests.slice(0, maxEntries)) {
				step();
				const answer = await cache.match(request, {ignoreVary: true});
				if (!answer) continue;
				const about = {url: request.url};
				into.add('cache', [request.url, ...answer.headers].flat().join('\n'), about);
				if (answer.type === 'opaque') into.miss('cache', 'an answer of another site, which the browser shows to nobody', request.url);
				else await into.addBlob('cache', await answer.blob(), {...about, type: answer.headers.get('Content-Type') ?? ''});
			}
		},

		// add adds a value of any kind that a browser can keep: its texts as one, and
		// what it holds in bytes.
		async add(surface, value, about, into) {
			const texts = [], blobs = [], known = new Set();
			const take = (value, depth) => {
				switch (typeof value) {
				case 'string': case 'number': case 'bigint':
					texts.push(String(value));
					return;
				case 'object':
					if (value === null || known.has(value)) return;
				}
				if (typeof value !== 'object') return;
				if (depth > maxDepth || texts.length + known.size > maxLeaves) {
					into.miss(surface, `deeper than ${maxDepth}, or more than ${maxLeaves} values`, about.path);
					return;
				}
				known.add(value);
				switch (kindOf(value)) {
				case 'Date':
					texts.push(isNaN(value) ? '' : value.toISOString().replace('T', ' '));
					break;
				case 'File':
					texts.push(value.name);
					blobs.push(value);
					break;
				case 'Blob':
					blobs.push(value);
					break;
				case 'ArrayBuffer':
					blobs.push(new Blob([value]));
					break;
				case 'Map':
					for (const [key, inner] of value) { take(key, depth + 1); take(inner, depth + 1) }
					break;
				case 'Set':
					for (const inner of value) take(inner, depth + 1);
					break;
				case 'Error':
					texts.push(value.message, value.stack);
					break;
				case 'RegExp': case 'String': case 'Number': case 'BigInt':
					texts.push(String(value));
					break;
				case 'Array':
					for (const inner of value) take(inner, depth + 1);
					break;
				default:
					if (ArrayBuffer.isView(value)) blobs.push(new Blob([value]));
					else for (const [key, inner] of Object.entries(value)) { texts.push(key); take(inner, depth + 1) }
				}
			};
			take(value, 0);
			into.add(surface, texts.join('\n'), about);
			for (const blob of blobs) await into.addBlob(surface, blob, about);
		},
	};
})()
