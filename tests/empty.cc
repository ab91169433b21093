// A source for libraries that only carry settings and precompiled headers.
