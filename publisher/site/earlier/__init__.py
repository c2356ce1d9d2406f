"""Announcements from before: what a feed or a folder holds becomes records of the website, and nothing is sent."""
