"""Plugins: one file each, blind to one another. scheduler/plugin_registry.py names them; profiles choose and weigh them."""
