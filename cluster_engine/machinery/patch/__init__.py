"""Patches: the three ways to say what shall change (JSON patch, merge patch, strategic merge patch).

What belongs here: documents in, a new document out, never a change in place; refusals as ApiError with upstream's texts.
What does not: server-side apply (machinery/apply) and what an object may look like afterwards.
"""
