"""Report formats of a judgement: table, SARIF, JUnit, OSCAL, HTML, JSON."""
