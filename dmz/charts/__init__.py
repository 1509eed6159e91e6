"""Draw findings as charts for a report, the same bytes for the same input; the only door to matplotlib.

matplotlib is loaded when the first chart is asked for, never by importing this package.
"""
