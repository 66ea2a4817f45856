"""The forms in which a judgement is handed on: table, SARIF, JUnit, OSCAL, HTML, JSON."""
