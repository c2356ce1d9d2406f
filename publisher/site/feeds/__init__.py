"""Feeds for programs: what a feed holds, and a writer per format. The same records always give the same bytes."""
