// Write names on the map: the bigger a place the sooner, and never two over each other.

dmz.LABEL_GAP_PX = 4;
// Smallest rank written at a zoom: cities at 7.5, every village from 11; names of countries while they help.
dmz.shownRank = (zoom) => (zoom >= 11 ? Infinity : zoom - 6.5);
dmz.AREA_ZOOM = 11;

dmz.labels = (map, data, state) => {
  const pane = map.getPane(dmz.pane(map, 'labels', 640, false));
  const places = [...data.overlays, ...data.basemap].flatMap(dmz.places).sort((a, b) => a.rank - b.rank);
  const measure = dmz.measurer(map);

  const write = () => {
    pane.replaceChildren();
    const taken = dmz.obstacles(map, data, state);
    const seen = map.getPixelBounds();
    for (const place of places) {
      if (place.area ? map.getZoom() > dmz.AREA_ZOOM : place.rank > dmz.shownRank(map.getZoom())) continue;
      if (place.layer.group !== 'basemap' && !dmz.visible(place.layer, state)) continue;
      if (!seen.contains(map.project(place.at))) continue;
      const box = dmz.freeBox(place, map.latLngToLayerPoint(place.at), measure(place), taken);
      if (!box) continue;
      taken.push(box);
      const label = dmz.el('span', { className: place.kind, dir: 'auto', textContent: place.name });
      L.DomUtil.setPosition(label, L.point(Math.round(box.left), Math.round(box.top)));
      pane.append(label);
    }
    pane.style.visibility = '';
  };
  map.on('zoomstart', () => { pane.style.visibility = 'hidden'; });
  map.on('moveend', write);
  return write;
};

// Names a layer has to write, each with its place.
dmz.places = (layer) => {
  const named = layer.labels || (layer.label ? layer.features.map((feature) => ({
    name: feature.properties[layer.label], rank: feature.properties.rank, at: feature.at,
  })) : []);
  const area = layer.kind === 'Polygon';
  return named.filter((place) => place.name).map(({ name, rank, at }) => ({
    layer, name: String(name), area, rank: area ? 0 : rank || 5, at: L.latLng(at[1], at[0]),
    kind: area ? 'label area' : `label rank-${Math.min(rank || 5, 5)}${layer.group === 'basemap' ? ' beyond' : ''}`,
  }));
};

// Size of a name as its style writes it, measured once for each kind.
dmz.measurer = (map) => {
  const context = document.createElement('canvas').getContext('2d');
  const styles = {};
  return (place) => {
    if (!styles[place.kind]) {
      const probe = dmz.el('span', { className: place.kind });
      map.getPane('labels').append(probe);
      const { fontStyle, fontWeight, fontSize, fontFamily, letterSpacing, lineHeight } = getComputedStyle(probe);
      styles[place.kind] = {
        font: `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`, spacing: parseFloat(letterSpacing) || 0, height: parseFloat(lineHeight),
      };
      probe.remove();
    }
    const { font, spacing, height } = styles[place.kind];
    context.font = font;
    const text = place.area ? place.name.toUpperCase() : place.name;
    return { width: context.measureText(text).width + spacing * text.length, height };
  };
};

// First free place for a name: right of its point, left, above, below; that of an area on its middle.
dmz.freeBox = (place, { x, y }, { width, height }, taken) => {
  const starts = place.area
    ? [[x - width / 2, y - height / 2]]
    : [[x + 7, y - height / 2], [x - 7 - width, y - height / 2], [x - width / 2, y - 6 - height], [x - width / 2, y + 6]];
  return starts
    .map(([left, top]) => ({ left, top, right: left + width, bottom: top + height }))
    .find((box) => taken.every((other) => box.right + dmz.LABEL_GAP_PX < other.left || other.right + dmz.LABEL_GAP_PX < box.left
      || box.bottom < other.top || other.bottom < box.top));
};

// Boxes no name may lie on: what stands on the map, and the few points that have no name of their own.
dmz.obstacles = (map, data, state) => {
  const frame = map.getContainer().getBoundingClientRect();
  const offset = map.containerPointToLayerPoint([0, 0]);
  const still = [...map.getContainer().querySelectorAll('.caution, .leaflet-control')].map((element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const [dx, dy] = [offset.x - frame.left, offset.y - frame.top];
    return { left: left + dx, top: top + dy, right: right + dx, bottom: bottom + dy };
  });
  const points = data.overlays
    .filter((layer) => layer.kind === 'Point' && !layer.label && layer.features.length <= dmz.MANY && dmz.visible(layer, state))
    .flatMap((layer) => layer.features.map((feature) => {
      const { x, y } = map.latLngToLayerPoint([feature.at[1], feature.at[0]]);
      const half = feature.symbol.size_px / 2;
      return { left: x - half, top: y - half, right: x + half, bottom: y + half };
    }));
  return [...still, ...points];
};
