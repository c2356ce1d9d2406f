"""`python -m publisher.cli`: how processes of ours start each other."""

from publisher.cli import main

main()
