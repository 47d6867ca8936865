"""Template tags: glyphs and signs drawn from the same table as on the canvases."""
