// Print the map across a page with the panel below it; afterwards all is as it was.

dmz.printing = (map, bounds) => {
  let before = null;
  addEventListener('beforeprint', () => {
    before = {
      center: map.getCenter(), zoom: map.getZoom(), shown: map.getBounds(),
      minZoom: map.getMinZoom(), maxBounds: map.options.maxBounds,
    };
    document.body.classList.add('printing');
    map.setMaxBounds(null).setMinZoom(0).invalidateSize({ pan: false });
    map.fitBounds(bounds.isValid() ? bounds : before.shown, { animate: false });
  });
  addEventListener('afterprint', () => {
    document.body.classList.remove('printing');
    map.invalidateSize({ pan: false }).setView(before.center, before.zoom, { animate: false });
    map.setMinZoom(before.minZoom).setMaxBounds(before.maxBounds);
  });
};
