// Put the page together: read the data, draw the layers, keep map, panel and address in step.

dmz.start = (map) => {
  const data = dmz.read();
  const state = {
    reading: dmz.readingOfAddress(data),
    shown: Object.fromEntries(data.overlays.map((layer) => [layer.family, layer.visible])),
  };
  dmz.controls(map, data);
  dmz.drawBasemap(map, data);
  const drawn = new Map(data.overlays.map((layer, order) => [layer, dmz.drawLayer(map, layer, order)]));
  const label = dmz.labels(map, data, state);
  const changed = () => {
    for (const [layer, shapes] of drawn) {
      if (dmz.visible(layer, state)) shapes.addTo(map);
      else shapes.remove();
    }
    refresh();
    label();
  };
  const refresh = dmz.panel(data, state, changed);
  dmz.printing(map, dmz.fit(map, data, drawn, state));
  changed();
  addEventListener('hashchange', () => { state.reading = dmz.readingOfAddress(data); changed(); });
  dmz.map = map;
};
