// The panel beside the map: title, readings, legend that is the control, numbers, steps, notes, sources.

dmz.GROUPS = {
  zone: 'Zone', line: 'Line of contact', corridors: 'Roads', patrols: 'Patrols', posts: 'Observation posts',
  places: 'Settlements', status: 'Status and reports', areas: 'Control of the ground',
};

// Fill the panel; returns what brings it up to date with the state.
dmz.panel = (data, state, changed) => {
  const panel = document.getElementById('panel');
  const readings = dmz.readings(data, (id) => { state.reading = id; dmz.writeAddress(state); changed(); });
  const legend = dmz.el('div', { className: 'legend' });
  const numbers = dmz.el('div', { className: 'summary' });
  const sheet = dmz.sheet(panel);
  panel.append(sheet, dmz.el('div', { className: 'inside' },
    dmz.el('header', {}, dmz.el('h1', { dir: 'auto', textContent: data.title }),
      data.subtitle ? dmz.el('p', { className: 'subtitle', dir: 'auto', textContent: data.subtitle }) : null),
    data.readings.length ? dmz.section('How the text is read', readings.element) : null,
    dmz.section('On the map', legend),
    data.summary.length ? dmz.section('What it comes to', numbers) : null,
    data.steps.length ? dmz.section('What was to be done', dmz.steps(data.steps)) : null,
    data.notes.length ? dmz.section('Read with care', dmz.el('div', { className: 'care' }, dmz.list(data.notes))) : null,
    data.caveats.length ? dmz.el('details', { id: 'caveats' },
      dmz.el('summary', { textContent: 'What is known of the inputs' }), dmz.list(data.caveats)) : null,
    data.attribution.length ? dmz.el('details', { id: 'sources' },
      dmz.el('summary', { textContent: 'Sources' }), dmz.list(data.attribution)) : null));

  // Built once a reading: a tick must not lose the keyboard's focus to a new one.
  let built;
  return () => {
    if (built === state.reading) return;
    built = state.reading;
    readings.show(state.reading);
    const now = data.readings.findIndex((reading) => reading.id === state.reading);
    sheet.textContent = now < 0 ? data.title : data.readings[now].name;
    numbers.replaceChildren(dmz.summary(data, now));
    legend.replaceChildren(...dmz.legend(data, state, changed));
  };
};

dmz.section = (title, ...children) => dmz.el('section', {}, dmz.el('h2', { textContent: title }), ...children);

dmz.list = (texts) => dmz.el('ul', {}, ...texts.map((text) => dmz.el('li', {}, dmz.linked(text))));

// What was to be done, by when, and beneath it what was known of it.
dmz.steps = (steps) => dmz.el('ol', { className: 'steps' }, ...steps.map(([date, text, status]) => dmz.el('li', {},
  date ? dmz.el('time', { dateTime: date, textContent: dmz.day(date) }) : dmz.el('span', { className: 'undated', textContent: 'no date' }),
  dmz.el('span', { dir: 'auto', textContent: text }),
  status ? dmz.el('span', { className: 'known', dir: 'auto', textContent: status }) : null)));

// On a phone the panel is a sheet over the map, opened by this button and closed by a touch of the map.
dmz.sheet = (panel) => {
  const button = dmz.el('button', { type: 'button', className: 'sheet', 'aria-expanded': 'false', 'aria-controls': 'panel' });
  const set = (open) => {
    panel.classList.toggle('open', open);
    button.setAttribute('aria-expanded', String(open));
  };
  button.addEventListener('click', () => set(!panel.classList.contains('open')));
  document.addEventListener('pointerdown', (event) => { if (!panel.contains(event.target)) set(false); });
  panel.addEventListener('keydown', (event) => { if (event.key === 'Escape') set(false); });
  return button;
};

// Readings as radio buttons, the words that the one shown rests on beneath it.
dmz.readings = (data, choose) => {
  const element = dmz.el('div', { className: 'readings', role: 'radiogroup', 'aria-label': 'How the text is read' });
  const rows = data.readings.map((reading, index) => {
    const input = dmz.el('input', { type: 'radio', name: 'reading', value: reading.id });
    input.addEventListener('change', () => choose(reading.id));
    const words = reading.words ? dmz.el('blockquote', {}, dmz.linked(reading.words)) : null;
    const letter = data.readings.length > 1 ? dmz.el('abbr', { className: 'letter', textContent: dmz.letter(index) }) : null;
    element.append(dmz.el('label', {}, input, letter, dmz.el('span', { dir: 'auto', textContent: reading.name })));
    if (words) element.append(words);
    return { id: reading.id, input, words };
  });
  const show = (id) => rows.forEach((row) => {
    row.input.checked = row.id === id;
    if (row.words) row.words.hidden = row.id !== id;
  });
  return { element, show };
};

// The numbers of all readings side by side, those of the one shown set off.
dmz.summary = (data, now) => {
  if (data.readings.length < 2) {
    return dmz.el('table', {}, dmz.el('tbody', {}, ...data.summary.map(([heading, ...cells]) => dmz.el('tr', {},
      dmz.el('th', { scope: 'row', dir: 'auto', textContent: heading }), ...cells.map((cell) => dmz.cell(cell, true))))));
  }
  const heads = data.readings.map((reading, index) => dmz.el('th', { scope: 'col', title: reading.name, className: index === now ? 'now' : '' },
    dmz.el('abbr', { className: 'letter', title: reading.name, textContent: dmz.letter(index) })));
  const rows = data.summary.flatMap(([heading, ...cells]) => [
    dmz.el('tr', { className: 'heading' }, dmz.el('th', { scope: 'rowgroup', colSpan: heads.length, dir: 'auto', textContent: heading })),
    dmz.el('tr', {}, ...heads.map((_, index) => dmz.cell(cells[index], index === now))),
  ]);
  return dmz.el('table', { className: 'aside' }, dmz.el('thead', {}, dmz.el('tr', {}, ...heads)), dmz.el('tbody', {}, ...rows));
};

// A range may break after its dash, a number never.
dmz.cell = (text, now) => {
  const parts = String(text === undefined ? '—' : text).replace(/(\d) (?=\d)/g, '$1\u202f').split(/(?<=–)/);
  return dmz.el('td', { className: now ? 'now' : '' }, ...parts.flatMap((part) => [part, dmz.el('wbr')]));
};

dmz.legend = (data, state, changed) => Object.entries(dmz.GROUPS).flatMap(([group, title]) => {
  const layers = data.overlays.filter((layer) => layer.group === group && dmz.belongs(layer, state));
  if (!layers.length) return [];
  const [only] = layers;
  if (layers.length === 1) return [dmz.entry(only, only.reading === null ? only.title : title, state, changed, 'alone')];
  return [dmz.el('fieldset', {}, dmz.el('legend', { textContent: title }),
    ...layers.map((layer) => dmz.entry(layer, layer.title, state, changed, '')))];
});

// A layer's tick and symbols; several symbols stand below it, a line each, while it is shown.
dmz.entry = (layer, title, state, changed, kind) => {
  const symbols = Object.values(layer.symbols);
  const input = dmz.el('input', { type: 'checkbox', checked: state.shown[layer.family] });
  const unfold = () => rows.forEach((row) => { row.hidden = !input.checked; });
  input.addEventListener('change', () => { state.shown[layer.family] = input.checked; unfold(); changed(); });
  const rows = symbols.length > 1 ? symbols.map((symbol) => dmz.el('div', { className: 'symbol' },
    dmz.swatch(symbol, layer.kind), dmz.el('span', { dir: 'auto', textContent: symbol.label || title }))) : [];
  unfold();
  return dmz.el('div', { className: `entry ${kind}` },
    dmz.el('label', {}, input, symbols.length === 1 ? dmz.swatch(symbols[0], layer.kind) : null,
      dmz.el('span', { dir: 'auto', textContent: title })), ...rows);
};
