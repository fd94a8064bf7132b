"""Schedules: what a cron expression means."""
