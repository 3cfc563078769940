import Foundation
import Testing
import TrustCore

@Suite("Fingerprint")
struct FingerprintTests {
    @Test(
        "every usual spelling is the same fingerprint",
        arguments: [
            digits, digits.lowercased(), "SHA256 Fingerprint=" + colons(digits), "sha256 fingerprint=" + colons(digits.lowercased()),
            "sha256:" + digits, colons(digits), "D438CF70 A1B2C3D4 E5F60718 293A4B5C 6D7E8F90 A1B2C3D4 E5F60718 293A4B5C",
        ])
    func spellings(text: String) throws { #expect(try Fingerprint(text).description == digits) }

    @Test(
        "what is not 64 digits is refused",
        arguments: ["", "A", String(digits.dropLast()), digits + "0", digits.dropLast() + "G", digits + "\n", "\u{202E}" + digits])
    func malformed(text: String) {
        #expect(throws: FingerprintError.self) { try Fingerprint(text) }
    }

    @Test("init(exactly:) accepts only 64 upper-case digits", arguments: [digits.lowercased(), colons(digits), " " + digits, digits + " "])
    func exactly(text: String) {
        #expect(throws: FingerprintError.self) { try Fingerprint(exactly: text.utf8) }
    }

    @Test(
        "the digests of no certificate are refused in every spelling",
        arguments: [
            "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C",
            "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
            "6B9F26466C6D021338352B7F97670E356F5FD4A0D47434CE9622BDFE4CC3E118",
        ])
    func poison(text: String) {
        for spelling in [text, text.lowercased(), colons(text), "SHA256 Fingerprint=" + colons(text)] {
            #expect(throws: FingerprintError.noCertificate) { try Fingerprint(spelling) }
        }
        #expect(throws: FingerprintError.noCertificate) { try Fingerprint(exactly: text.utf8) }
        #expect(Fingerprint.digestsOfNoCertificate.contains(text) && Fingerprint.digestsOfNoCertificate.count == 3)
    }

    @Test("JSON holds a fingerprint as one string of 64 digits, as a value and as a key") func json() throws {
        let fingerprint = try Fingerprint(digits)
        #expect(String(decoding: try JSONEncoder().encode([fingerprint]), as: UTF8.self) == "[\"\(digits)\"]")
        #expect(try JSONDecoder().decode([Fingerprint].self, from: Data("[\"\(digits)\"]".utf8)) == [fingerprint])
        let counted = [fingerprint: 7]
        let object = try JSONEncoder().encode(counted)
        #expect(String(decoding: object, as: UTF8.self) == "{\"\(digits)\":7}")
        #expect(try JSONDecoder().decode([Fingerprint: Int].self, from: object) == counted)
    }

    @Test(
        "decoding throws for every text that is not the one spelling of a fingerprint",
        arguments: ["", String(digits.dropLast()), digits.lowercased(), colons(digits)] + Fingerprint.digestsOfNoCertificate)
    func badJSON(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Fingerprint].self, from: Data("[\"\(text)\"]".utf8)) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Fingerprint: Int].self, from: Data("{\"\(text)\":1}".utf8)) }
    }

    @Test("a digest gives digits in order, and in groups of four") func others() throws {
        let one = try Fingerprint(digest: Array(UInt8(1)...32))
        #expect(one.description == "0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20")
        #expect(one < (try Fingerprint(digits)))
        #expect(one.grouped.first == "0102 0304 0506 0708 090A 0B0C 0D0E 0F10")
    }
}

private let digits = exampleDigits

/// 64 digits.
let exampleDigits = "D438CF70A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C"

private func colons(_ digits: String) -> String {
    var rest = digits[...]
    var pairs: [Substring] = []
    while !rest.isEmpty {
        pairs.append(rest.prefix(2))
        rest = rest.dropFirst(2)
    }
    return pairs.joined(separator: ":")
}
