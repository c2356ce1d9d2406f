"""Search over what is published: text becomes words, questions become phrases, the index follows the website."""
