"""OpendTect's external attribute: the door, the menu, the answers."""
