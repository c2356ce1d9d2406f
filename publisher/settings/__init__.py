"""publisher.toml, the environment and secret files. The only reader of the environment."""
