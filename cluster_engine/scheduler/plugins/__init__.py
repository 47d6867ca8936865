"""Plugins: one file each, blind to one another. `registry.py` names them; profiles choose and weigh them."""
