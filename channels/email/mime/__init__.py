"""Header fields and quoted-printable text, with slots left open."""
