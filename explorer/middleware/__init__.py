"""Middleware of the site: security headers. Every one here runs under asyncio as well as without."""
