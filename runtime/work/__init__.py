"""The workers' work: route events, carry runs on, send effects, fire schedules, until nothing is
left."""
