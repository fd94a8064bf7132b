"""The one public face of the runtime: what the studio, the commands and `/api` use."""
