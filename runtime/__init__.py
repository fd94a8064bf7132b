"""The runtime: journey format, engine, store, queue, intake, outside ports and commands.
`runtime.facade` is its public face."""
