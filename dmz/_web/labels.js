// Write place names beside their points: the bigger the place the sooner, and never two over each other.

dmz.LABEL_GAP_PX = 4;
// Smallest rank shown at a zoom: cities at 7, every village from 12.
dmz.shownRank = (zoom) => (zoom >= 12 ? 9 : zoom - 6.5);

dmz.labels = (map, sources) => {
  const pane = map.getPane(dmz.pane(map, 'labels', 640, false));
  const measure = document.createElement('canvas').getContext('2d');
  const places = sources.flatMap((layer) => layer.features.map((feature) => ({
    layer, name: feature.properties[layer.label], rank: feature.properties.rank || 5,
    at: L.latLng(feature.geometry.coordinates[1], feature.geometry.coordinates[0]),
  }))).filter((place) => place.name).sort((a, b) => a.rank - b.rank);

  const boxOf = (place, point) => {
    measure.font = `${place.rank <= 2 ? 600 : 400} ${place.rank <= 1 ? 13 : 11.5}px system-ui, sans-serif`;
    const width = measure.measureText(place.name).width;
    return { left: point.x + 6, top: point.y - 8, right: point.x + 10 + width, bottom: point.y + 8 };
  };
  const free = (box, taken) => taken.every((other) => box.right + dmz.LABEL_GAP_PX < other.left
    || other.right + dmz.LABEL_GAP_PX < box.left || box.bottom < other.top || other.bottom < box.top);

  const write = (hidden) => {
    pane.replaceChildren();
    const taken = [];
    const seen = map.getPixelBounds().pad(0.1);
    for (const place of places) {
      if (place.rank > dmz.shownRank(map.getZoom()) || hidden(place.layer)) continue;
      if (!seen.contains(map.project(place.at))) continue;
      const point = map.latLngToLayerPoint(place.at);
      const box = boxOf(place, point);
      if (!free(box, taken)) continue;
      taken.push(box);
      const label = dmz.el('span', { className: `label rank-${Math.min(place.rank, 5)}`, dir: 'auto', textContent: place.name });
      if (place.layer.group === 'basemap') label.classList.add('beyond');
      L.DomUtil.setPosition(label, L.point(point.x + 7, point.y - 8));
      pane.append(label);
    }
  };
  return write;
};
