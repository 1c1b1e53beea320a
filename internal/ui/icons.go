package ui

// iconPath is the outline of an icon, drawn for this portal on a grid of 24.
func iconPath(name string) markup {
	switch name {
	// signs
	case "dot":
		return "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z"
	case "info":
		return "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7.500v.01"
	case "check":
		return "M5 12.500l4.500 4.500L19 7.500"
	case "check-circle":
		return "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12.300l2.800 2.700L16 9.500"
	case "warning":
		return "M12 4L2.800 20h18.400zM12 10v4.500M12 17.200v.01"
	case "alert":
		return "M8.300 3h7.400L21 8.300v7.400L15.700 21H8.300L3 15.700V8.300zM12 7.500v5.500M12 16.300v.01"
	case "close":
		return "M6.500 6.500l11 11M17.500 6.500l-11 11"
	case "chevron":
		return "M6.500 9.500L12 15l5.500-5.500"
	case "arrow-left":
		return "M19 12H5M11 6l-6 6 6 6"
	case "arrow-right":
		return "M5 12h14M13 6l6 6-6 6"
	case "sort":
		return "M8 10l4-4 4 4M8 14l4 4 4-4"
	case "sort-up":
		return "M12 19V6M7 11l5-5 5 5"
	case "sort-down":
		return "M12 5v13M7 13l5 5 5-5"
	case "search":
		return "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.300 15.300L20.500 20.500"
	case "edit":
		return "M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19zM13.500 7l3.500 3.500"
	case "trash":
		return "M4.500 7h15M9.500 7V4.500h5V7M6.500 7l1 13h9l1-13M10.500 11v5.500M13.500 11v5.500"
	case "upload":
		return "M12 15V4M7.500 8.500L12 4l4.500 4.500M4.500 15v5h15v-5"
	case "download":
		return "M12 4v11M7.500 10.500L12 15l4.500-4.500M4.500 15v5h15v-5"
	case "file":
		return "M6 3h8l4.500 4.500V21H6zM14 3v4.500h4.500M9 12h6.500M9 16h6.500"
	case "print":
		return "M7 9V3.500h10V9M7 17H4V9h16v8h-3M7 14h10v6.500H7z"
	case "person":
		return "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.500 20.500c.6-4 3.600-6 7.500-6s6.900 2 7.500 6"
	case "pin":
		return "M12 21s7-6.300 7-11.300A7 7 0 0 0 5 9.700C5 14.700 12 21 12 21zM12 7.300a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5z"
	case "phone":
		return "M5 4h4l1.500 4.500-2.300 1.700a12 12 0 0 0 5.600 5.600l1.700-2.300L20 15v4c0 .6-.4 1-1 1C11 20 4 13 4 5c0-.6.4-1 1-1z"
	case "mail":
		return "M3.500 6h17v12.500h-17zM3.500 7l8.500 6.500L20.500 7"
	case "globe":
		return "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 2.600 3.800 5.800 3.800 9s-.8 6.400-3.800 9c-3-2.600-3.800-5.800-3.800-9S9 5.600 12 3z"
	case "clock":
		return "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5.300l3.500 2"
	case "calendar":
		return "M4 5.500h16v15H4zM4 10h16M8.500 3v4M15.500 3v4"
	case "access":
		return "M11 3a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3zM11 8.500V14h5l2.500 5.500M11 10.500h4.500M8.300 11.500a5 5 0 1 0 6.500 6.300"
	case "lock":
		return "M5.500 10.500h13v10h-13zM8.500 10.500V7.300a3.500 3.500 0 0 1 7 0v3.200M12 14.500v2.500"
	case "key":
		return "M8 11a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM11.300 12.500L20 4M16.500 7.500l3 3"
	case "receipt":
		return "M6 3h12v18l-2.400-1.700L13.200 21 12 20l-1.200 1-2.400-1.700L6 21zM9 8h6M9 12h6"
	// topics and life events
	case "family":
		return "M8 4a2.700 2.700 0 1 0 0 5.400A2.700 2.700 0 0 0 8 4zM17 7.500a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM3 20v-2.500C3 14.500 5 12.500 8 12.500s5 2 5 5V20M14.500 14.600c.7-.5 1.500-.8 2.500-.8 2.400 0 4 1.600 4 4V20"
	case "child":
		return "M12 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM6 12.500c2 1.300 3.900 2 6 2s4-.7 6-2M12 14.500v3L8.500 21M12 17.500l3.500 3.500"
	case "school":
		return "M2.500 9.500L12 5l9.500 4.500L12 14zM6.500 11.500v5c1.500 1.600 3.300 2.500 5.500 2.500s4-.9 5.500-2.500v-5M21.500 9.500V15"
	case "work":
		return "M3.500 8h17v11.500h-17zM9 8V5h6v3M3.500 13h17M12 12v2.500"
	case "home":
		return "M3.500 11.500L12 4l8.500 7.500M6 9.500V20h12V9.500M10 20v-6h4v6"
	case "building":
		return "M3.500 20.500h17M6 20.500V4h8v16.500M14 9.500h4.500v11M9 8h2M9 12h2M9 16h2"
	case "health":
		return "M12 20S3.500 15 3.500 9A4.500 4.500 0 0 1 12 6.800 4.500 4.500 0 0 1 20.500 9c0 6-8.500 11-8.500 11zM7 12h2.500l1.500-2.500 2 4.500 1.300-2H17"
	case "law":
		return "M12 4v16M7.500 20h9M5 7h14M5 7l-2.500 6.500a2.800 2.800 0 0 0 5 0zM19 7l-2.500 6.500a2.800 2.800 0 0 0 5 0z"
	case "mobility":
		return "M4 16.500v-4l2-5.500h12l2 5.500v4zM4 12.500h16M6.500 16.500V19M17.500 16.500V19M7.500 14.500h.01M16.500 14.500h.01"
	case "travel":
		return "M6 4h12v17H6zM12 8a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM9.500 17.500h5"
	case "tax":
		return "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15.500 8.700A4.500 4.500 0 1 0 15.500 15.300M6.500 11h6M6.500 13.500h5"
	case "dog":
		return "M12 12.500c-2.700 0-5 2.700-5 5 0 1.600 1.200 2.500 2.600 2.500.9 0 1.600-.4 2.400-.4s1.500.4 2.400.4c1.400 0 2.600-.9 2.600-2.500 0-2.300-2.300-5-5-5zM3 11.500a1.600 2.100 0 1 0 3.200 0 1.600 2.100 0 1 0-3.200 0zM7.500 6.800a1.700 2.300 0 1 0 3.400 0 1.700 2.300 0 1 0-3.400 0zM13.100 6.800a1.700 2.300 0 1 0 3.400 0 1.700 2.300 0 1 0-3.400 0zM17.800 11.500a1.600 2.100 0 1 0 3.200 0 1.600 2.100 0 1 0-3.200 0z"
	case "environment":
		return "M5 20c0-9 4.500-14.500 15-15.500C20.500 14 15.500 18.500 7 17M5 20c1-4 3.500-7.500 8-10"
	case "leisure":
		return "M12 4.500l2.300 4.900 5.200.7-3.800 3.700.9 5.300L12 16.600 7.400 19.100l.9-5.300-3.800-3.700 5.200-.7z"
	case "research":
		return "M9.500 3.500h5M10.500 3.500v6L5 19.300c-.4.700 0 1.200.8 1.200h12.400c.8 0 1.200-.5.8-1.200L13.500 9.500v-6M8 14.500h8"
	case "immigration":
		return "M10 3.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM3.500 10h13M10 3.500c2.300 2 2.900 4.200 2.900 6.500s-.6 4.500-2.900 6.500c-2.300-2-2.900-4.200-2.900-6.500s.6-4.500 2.900-6.500zM16 19h5M18.500 16.500L21 19l-2.500 2.500"
	case "business":
		return "M4 9.500L5.500 4.500h13L20 9.500M4 9.500a2.700 2.700 0 0 0 5.300 0 2.700 2.700 0 0 0 5.400 0 2.700 2.700 0 0 0 5.300 0M5.500 12v8.500h13V12M10 20.500V15.500h4v5"
	case "cross":
		return "M4 4.500h6.500V11H4zM13.500 4.500H20V11h-6.500zM4 14h6.500v6.500H4zM17 14v6.500M13.500 17.200H20"
	case "move":
		return "M2.500 6.500h11V17h-11zM13.500 10h4.200l3.300 3.500V17h-7.500M6.500 15.500a1.700 1.700 0 1 0 0 3.400 1.700 1.700 0 0 0 0-3.400zM17 15.500a1.700 1.700 0 1 0 0 3.400 1.700 1.700 0 0 0 0-3.400z"
	case "birth":
		return "M4 10h15a7 7 0 0 1-7 7h-1a7 7 0 0 1-7-7zM12 10V4a7 7 0 0 1 7 6M7.500 18.200a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800zM15.500 18.200a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800z"
	case "marriage":
		return "M9 8.500a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11zM15 8.500a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11zM10.500 4h3L12 6.500z"
	case "death":
		return "M12 3v18M8 8h8M5 21h14"
	case "disability":
		return "M11 3a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3zM11 8.500V14h5l2.500 5.500M11 10.500h4.500M8.300 11.500a5 5 0 1 0 6.500 6.300"
	case "pension":
		return "M12 5a6 6 0 0 1 6 6v1H6v-1a6 6 0 0 1 6-6zM12 12v6.500a2 2 0 0 1-4 0M12 3v2"
	case "money":
		return "M3 6.500h18v11H3zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM6 9.500v.01M18 14.500v.01"
	case "id":
		return "M3 5.500h18v13H3zM8 9a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM5.500 16c.4-1.400 1.300-2 2.500-2s2.100.6 2.500 2M14 10h4M14 13.500h4"
	case "waste":
		return "M5.500 7.500h13M9 7.500V5h6v2.500M6.500 7.500l1 13h9l1-13M9.500 12.500l2.500 4 2.500-4"
	case "vote":
		return "M4 13h16v7.500H4zM8 13V4h8v9M10 8.500l1.500 1.500L14.500 7"
	case "emergency":
		return "M12 3l8 3v6c0 5-3.400 7.700-8 9-4.600-1.300-8-4-8-9V6zM12 8v8M8 12h8"
	case "list":
		return "M9 6.500h11M9 12h11M9 17.500h11M4.500 6.500h.01M4.500 12h.01M4.500 17.500h.01"
	}
	return ""
}

// Icons names all icons a Card, Link or Button may carry.
func Icons() []string {
	return []string{
		"info", "check", "check-circle", "warning", "alert", "close", "chevron", "arrow-left", "arrow-right",
		"sort", "sort-up", "sort-down", "search", "edit", "trash", "upload", "download", "file", "print",
		"person", "pin", "phone", "mail", "globe", "clock", "calendar", "access", "lock", "key", "receipt", "list",
		"family", "child", "school", "work", "home", "building", "health", "law", "mobility", "travel", "tax", "dog",
		"environment", "leisure", "research", "immigration", "business", "cross", "move", "birth", "marriage",
		"death", "disability", "pension", "money", "id", "waste", "vote", "emergency",
	}
}
