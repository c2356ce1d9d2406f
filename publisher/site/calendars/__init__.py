"""Calendars for programs that people keep theirs in (iCalendar): what is an event, and how it is written."""
