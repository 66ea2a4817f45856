LAWS = {}
