"""Send the traffic of a Tornado API to Moesif, configured by ``settings.toml``."""
