// The panel beside the map: title, readings, legend that is the control, steps, notes, sources.

dmz.GROUPS = {
  zone: 'Zone', line: 'Line of contact', corridors: 'Roads', patrols: 'Patrols', posts: 'Observation posts',
  places: 'Settlements', areas: 'Control of the ground',
};

dmz.panel = (data, state, changed) => {
  const panel = document.getElementById('panel');
  const readings = dmz.el('div', { className: 'readings' });
  const words = dmz.el('blockquote', { dir: 'auto' });
  const legend = dmz.el('div', { className: 'legend' });
  const table = dmz.el('div', { className: 'summary' });
  const sheet = dmz.el('button', { type: 'button', className: 'sheet' });
  const current = () => data.readings.find((reading) => reading.id === state.reading);

  sheet.addEventListener('click', () => {
    const open = panel.classList.toggle('open');
    sheet.setAttribute('aria-expanded', String(open));
  });
  sheet.setAttribute('aria-expanded', 'false');
  for (const reading of data.readings) {
    const input = dmz.el('input', { type: 'radio', name: 'reading', value: reading.id });
    input.addEventListener('change', () => { state.reading = reading.id; changed(); });
    readings.append(dmz.el('label', {}, input, dmz.el('span', { dir: 'auto', textContent: reading.name })));
  }
  panel.replaceChildren(sheet, dmz.el('div', { className: 'inside' },
    dmz.el('header', {}, dmz.el('h1', { dir: 'auto', textContent: data.title }),
      dmz.el('p', { className: 'subtitle', dir: 'auto', textContent: data.subtitle })),
    data.readings.length ? dmz.section('How the text is read', readings, words) : null,
    data.summary.length ? dmz.section('What this gives, core – with fringe', table) : null,
    dmz.section('On the map', legend),
    data.steps.length ? dmz.section('What was to be done', dmz.steps(data.steps)) : null,
    data.notes.length ? dmz.section('Read with care', dmz.list(data.notes)) : null,
    dmz.el('details', {}, dmz.el('summary', { textContent: 'Sources of the map' }), dmz.list(data.attribution))));

  let built;  // the reading the legend was built for: a tick must not lose the keyboard's focus to a new one
  return () => {
    if (built === state.reading) return;
    built = state.reading;
    for (const input of readings.querySelectorAll('input')) input.checked = input.value === state.reading;
    words.textContent = current() ? current().words : '';
    sheet.textContent = current() ? current().name : data.title;
    table.replaceChildren(dmz.summary(data, state));
    legend.replaceChildren(...dmz.legend(data, state, changed));
  };
};

dmz.section = (title, ...children) => dmz.el('section', {}, dmz.el('h2', { textContent: title }), ...children);

dmz.list = (texts) => dmz.el('ul', {}, ...texts.map((text) => dmz.el('li', {}, dmz.linked(text))));

dmz.steps = (steps) => dmz.el('ol', { className: 'steps' }, ...steps.map(([date, text]) => dmz.el('li', {},
  dmz.el('time', { dateTime: date, textContent: dmz.day(date) }), dmz.el('span', { dir: 'auto', textContent: text }))));

// The numbers of the reading shown; the others are a click away.
dmz.summary = (data, state) => {
  const shown = data.readings.findIndex((reading) => reading.id === state.reading) + 1;
  return dmz.el('table', {}, dmz.el('tbody', {}, ...data.summary.map((row) => dmz.el('tr', {},
    dmz.el('th', { scope: 'row', textContent: row[0] }), dmz.el('td', { textContent: row[shown] || row[1] })))));
};

dmz.legend = (data, state, changed) => Object.entries(dmz.GROUPS).flatMap(([group, title]) => {
  const layers = data.layers.filter((layer) => layer.group === group && dmz.belongs(layer, state));
  if (!layers.length) return [];
  return [dmz.el('fieldset', {}, dmz.el('legend', { textContent: title }),
    ...layers.map((layer) => dmz.entry(layer, state, changed)))];
});

// A layer's row, its tick and symbols; several symbols stand below it, a line each.
dmz.entry = (layer, state, changed) => {
  const kind = dmz.kindOf(layer);
  const symbols = Object.values(layer.symbols);
  const input = dmz.el('input', { type: 'checkbox', checked: state.shown[layer.family] });
  input.addEventListener('change', () => { state.shown[layer.family] = input.checked; changed(); });
  const title = layer.group === 'zone' ? 'Core and fringe' : layer.title;
  const single = symbols.length === 1 ? dmz.swatch(symbols[0], kind) : null;
  const rows = symbols.length > 1 ? symbols.map((symbol) => dmz.el('div', { className: 'symbol' },
    dmz.swatch(symbol, kind), dmz.el('span', { dir: 'auto', textContent: symbol.label || layer.title }))) : [];
  return dmz.el('div', { className: 'entry' },
    dmz.el('label', {}, input, single, dmz.el('span', { dir: 'auto', textContent: title })), ...rows);
};

dmz.belongs = (layer, state) => layer.reading === null || layer.reading === state.reading;
