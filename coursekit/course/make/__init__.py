"""The sources in chapters/ become notebooks."""
