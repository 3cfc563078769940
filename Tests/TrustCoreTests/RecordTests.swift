import Testing
import TrustCore

@Suite("Records of “Name: value” lines")
struct RecordTests {
    private let plain = RecordFormat("kind 1")
    private let withBody = RecordFormat("kind 1", ending: .body)

    private func read(_ text: String, as format: RecordFormat) -> [String]? {
        guard var reader = try? RecordReader(Array(text.utf8), as: format) else { return nil }
        var found: [String] = []
        while !reader.isAtEnd {
            guard let field = try? reader.next() else { return nil }
            found.append("\(field.line) \(field.name)=\(field.value)")
        }
        return found + [reader.body.map { String(decoding: $0, as: UTF8.self) } ?? "-"]
    }

    @Test("what is written is read back, with the numbers of the lines") func roundTrip() {
        var writer = RecordWriter(plain)
        writer.add("Name", "value: with a colon")
        writer.add("Empty", "")
        let text = String(decoding: writer.encoded(), as: UTF8.self)
        #expect(text == "kind 1\nName: value: with a colon\nEmpty: \nEnd\n")
        #expect(read(text, as: plain) == ["2 Name=value: with a colon", "3 Empty=", "-"])
        #expect(read("kind 1\nEnd\n", as: plain) == ["-"])
    }

    @Test("a body follows behind a blank line, and may itself hold blank lines") func body() {
        var writer = RecordWriter(withBody)
        writer.add("Name", 7)
        #expect(String(decoding: writer.encoded(), as: UTF8.self) == "kind 1\nName: 7\n")
        let text = String(decoding: writer.encoded(body: Array("a\n\nb".utf8)), as: UTF8.self)
        #expect(text == "kind 1\nName: 7\n\na\n\nb")
        #expect(read(text, as: withBody) == ["2 Name=7", "a\n\nb"])
        #expect(read("kind 1\nName: 7\n", as: withBody) == ["2 Name=7", "-"])
    }

    @Test("a value cannot forge a line") func forgedLine() {
        var writer = RecordWriter(plain)
        writer.add("Name", "x\nEnd\n\u{1B}\u{7F}")
        #expect(String(decoding: writer.encoded(), as: UTF8.self) == "kind 1\nName: x\\u{A}End\\u{A}\\u{1B}\\u{7F}\nEnd\n")
    }

    @Test("a value with a control character, which no writer writes, is not taken") func controlCharacter() throws {
        var reader = try RecordReader(Array("kind 1\nName: a\u{0}b\nOther: c\u{7F}\nEnd\n".utf8), as: plain)
        #expect(reader.value(of: "Name") == nil)
        #expect(try reader.next()?.value == "a\u{0}b")
        #expect(reader.value(of: "Other") == nil)
        #expect(!reader.isAtEnd)
    }

    @Test(
        "a text with another first line, without its end, or with a strange line is refused",
        arguments: [
            "", "\n", "kind 1", "kind 1\n", "kind 2\nEnd\n", "kind 1 \nEnd\n", "kind 1\nEnd", "kind 1\nName: x\n", "kind 1\nName: x\nEnd",
            "kind 1\nEnd\n\n", "kind 1\nEnd\nEnd", "kind 1\r\nEnd\r\n",
            "kind 1\n\nEnd\n", "kind 1\nName\nEnd\n", "kind 1\nName:x\nEnd\n", "kind 1\nEnd\nName: x\n",
        ])
    func refused(text: String) {
        #expect(read(text, as: plain) == nil)
        let isSound = text == "kind 1\n" || text == "kind 1\n\nEnd\n" || text == "kind 1\nName: x\n"
        #expect((read(text, as: withBody) == nil) == !isSound)
    }

    @Test("bytes that are not UTF-8 are refused") func notText() {
        #expect(throws: RecordReader.Failure.unreadable(line: 1)) {
            try RecordReader(Array("kind 1\nName: ".utf8) + [0xC3, 0x28] + Array("\nEnd\n".utf8), as: plain)
        }
    }

    @Test("a control character in a line is reported", arguments: ["\u{0}", "\u{1B}[31m", "\u{7F}", "\r"])
    func control(text: String) throws {
        var reader = try RecordReader(Array("kind 1\nName: \(text)\nOther: é\nEnd\n".utf8), as: plain)
        #expect(try reader.next()?.isPlain == false)
        #expect(try reader.next()?.isPlain == true)
    }

    @Test("a line with another name than the one asked for stays unread") func askedFor() throws {
        var reader = try RecordReader(Array("kind 1\nOne: 1\nTwo: 2\nEnd\n".utf8), as: plain)
        #expect(reader.value(of: "Two") == nil)
        #expect(reader.value(of: "One") == "1")
        #expect(reader.value(of: "Two") == "2" && reader.isAtEnd)
        #expect(reader.value(of: "Two") == nil)
    }

    @Test("a certificate's PEM form has lines of 64 digits, and gives its digits back") func pem() {
        let digits = Array(String(repeating: "QUJD", count: 33).utf8)
        let text = CertificatePEM.text(base64: digits)
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        #expect(lines.map(\.count) == [27, 64, 64, 4, 25])
        #expect(lines.first == "-----BEGIN CERTIFICATE-----" && lines.last == "-----END CERTIFICATE-----")
        #expect(CertificatePEM.body(of: text[...]).map(Array.init) == digits)
        #expect(CertificatePEM.body(of: text[1...]) == nil && CertificatePEM.body(of: text.dropLast()) == nil)
    }

    @Test("hexadecimal digits are upper case and come in pairs") func hex() {
        #expect(Hex.text([0, 0x0F, 0xAB]) == "000FAB" && Hex.bytes("000FAB") == [0, 0x0F, 0xAB] && Hex.bytes("") == [])
        for text in ["0", "0a", "0G", "00 ", "é0"] { #expect(Hex.bytes(text) == nil, "\(text)") }
    }
}
