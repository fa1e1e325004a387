// Reads objects that were written to the console: all texts in them, to a depth,
// without running getters. It may change nothing but what it made itself, or the
// browser breaks it off; a variable of an outer function counts as another's.
function (...objects) {
	const most = 1 << 16, deepest = 12, texts = [], seen = new Set(), at = {size: 0, nodes: 5000, cut: false};
	const say = text => {
		if (at.size + text.length > most) {
			at.cut = true;
			text = text.slice(0, most - at.size);
		}
		at.size += text.length;
		if (text) texts.push(text);
	};
	const walk = (name, value, depth) => {
		if (at.size >= most || at.nodes-- <= 0 || depth > deepest) { at.cut = true; return }
		if (typeof value === 'symbol' || typeof value === 'function') return;
		if (typeof value !== 'object' || value === null) { say(name === '' ? `${value}` : `${name}: ${value}`); return }
		if (seen.has(value)) return;
		seen.add(value);
		if (name !== '') say(name + ':');
		if (value instanceof Map) for (const [k, v] of value) { walk('', k, depth + 1); walk('', v, depth + 1) }
		if (value instanceof Set) for (const v of value) walk('', v, depth + 1);
		for (const key of Object.getOwnPropertyNames(value)) {
			if (at.size >= most || at.nodes <= 0) { at.cut = true; return }
			const property = Object.getOwnPropertyDescriptor(value, key);
			if (property && 'value' in property && !(key === 'length' && Array.isArray(value))) walk(key, property.value, depth + 1);
		}
	};
	for (const object of objects) walk('', object, 0);
	return {text: texts.join('\n'), cut: at.cut};
}
