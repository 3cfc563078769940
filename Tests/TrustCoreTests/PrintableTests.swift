import Testing
import TrustCore

@Suite("Printable")
struct PrintableTests {
    @Test(
        "nothing that moves a cursor, forges a line or reverses text gets through",
        arguments: [
            ("\u{1B}[31mred", "\\u{1B}[31mred"), ("a\nb", "a\\u{A}b"), ("a\r\nb", "a\\u{D}\\u{A}b"), ("\u{202E}abc", "\\u{202E}abc"),
            ("\u{200B}x", "\\u{200B}x"), ("\u{7F}", "\\u{7F}"), ("\u{9B}31m", "\\u{9B}31m"), ("\u{2028}", "\\u{2028}"),
            ("\u{A0}", "\\u{A0}"), ("\u{E000}", "\\u{E000}"), ("\\u{1B}", "\\\\u{1B}"), ("büro 東京", "büro 東京"), ("\0", "\\u{0}"),
            ("O=Acme\\, Inc.", "O=Acme\\, Inc."), ("\\\\u{1B}", "\\\\\\\\u{1B}"), ("\\\u{1B}", "\\\\\\u{1B}"), ("a\\", "a\\"),
            ("\u{2066}", "\\u{2066}"), ("\u{FEFF}", "\\u{FEFF}"),
        ])
    func attacks(text: String, safe: String) { #expect(Printable(text).description == safe) }

    @Test("a long text is cut, with a mark") func limit() {
        #expect(Printable(String(repeating: "a", count: 300)).description == String(repeating: "a", count: 256) + "…")
        #expect(Printable("abc", limit: 3).description == "abc")
        #expect(Printable("abcd", limit: 3).description == "abc…")
    }

    @Test("endless combining marks are cut too") func marks() {
        #expect(Printable("a" + String(repeating: "\u{301}", count: 100_000), limit: 10).description.unicodeScalars.count == 11)
    }
}
