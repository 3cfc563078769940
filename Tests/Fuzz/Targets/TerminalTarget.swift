import SystemPackage
import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Setup
@testable import Trust
@testable import trustctl

/// Everything that a stranger, or an attacker who has taken trustd over, can bring to the operator's terminal.
///
/// The bytes are parts, separated by lines `%%`: a certificate in DER form, lines of its entry, the list, the ledger, a file's name and its
/// text. In all parts but the first, `@@` stands for the certificate's fingerprint, which random changes would never find.
enum TerminalTarget {
    static func take(_ bytes: [UInt8]) {
        let parts = split(bytes)
        func part(_ index: Int) -> [UInt8] { index < parts.count ? parts[index] : [] }
        let digest = SHA256.digest(of: part(0))
        guard let fingerprint = try? Fingerprint(digest: digest) else { return }
        let folder = FuzzFolder.shared
        folder.clear()
        folder.write(entry(of: part(0), fingerprint, lines: named(part(1), fingerprint)), to: "state/pending/\(fingerprint)")
        folder.write(named(part(2), fingerprint), to: "list")
        folder.write(named(part(3), fingerprint), to: "ledger/ledger")
        let name = String(decoding: part(4).prefix(200).filter { $0 != 0 && $0 != UInt8(ascii: "/") }, as: UTF8.self)
        if name.first != ".", !name.isEmpty, name.utf8.count < 256 { folder.write(part(5), to: "state/pending/\(name)") }

        let register: Register
        do { register = try Register(folder.configuration) } catch {
            demand(error.messages.allSatisfy(\.isPlain) && error.hint?.isPlain ?? true, "the reason for a refusal is plain text")
            return
        }
        demand(register.oddities.allSatisfy { $0.isPlain && !$0.contains("\n") }, "a file that is not an entry is named in one plain line")
        let warnings = Warnings(register)
        for record in ((try? register.records()) ?? [:]).values {
            let card = Card(record, warnings, style: Style(for: -1)).text
            demand(card.isPlain, "a card is plain")
            demand(record.fingerprint.grouped.allSatisfy(card.contains), "a card shows all digits")
            let summary = Summary(record: record, warnings: warnings.brief(for: record), style: Style(for: -1), withState: true).text
            demand(summary.isPlain, "a line of a listing is plain")
            demand(JSON.text(EntriesDocument(entries: [.init(record, warnings)])).isPlain, "JSON is plain")
            demand(record.name.isPlain, "a name is plain")
            let lines = OpenedCard(record: record, warnings: warnings, readBack: nil).facts(Style(columns: 40), 40)
            demand(lines.allSatisfy { $0.isPlain && DisplayWidth.of($0) <= 40 }, "an opened card is plain, and fits")
        }
        var keys = TypedKeys()
        if case .keys(let typed) = keys.take(bytes, from: .zero, to: .zero) {
            demand(typed.count == 1 || typed.allSatisfy(\.isMove), "only one key at a time does something")
        }
        checkPrintable(String(decoding: bytes, as: UTF8.self))
    }

    /// Printed text can be decoded, so two different texts never look the same.
    private static func checkPrintable(_ text: String) {
        let printed = Printable(text, limit: 10_000).description
        demand(printed.isPlain && !printed.contains("\n"), "printed text is one plain line")
        guard text.unicodeScalars.count <= 10_000 else { return }
        var told = String.UnicodeScalarView()
        var rest = printed.unicodeScalars[...]
        while let scalar = rest.first {
            // Backslashes before what looks like an escape were doubled; an odd one more begins an escape.
            let backslashes = rest.prefix { $0 == "\\" }.count
            rest = rest.dropFirst(backslashes)
            guard rest.starts(with: "u{".unicodeScalars) else {
                told.append(contentsOf: repeatElement("\\", count: backslashes))
                if backslashes == 0 {
                    told.append(scalar)
                    rest = rest.dropFirst()
                }
                continue
            }
            told.append(contentsOf: repeatElement("\\", count: backslashes / 2))
            rest = rest.dropFirst(2)
            guard backslashes % 2 == 1 else {
                told.append(contentsOf: "u{".unicodeScalars)
                continue
            }
            let digits = String(String.UnicodeScalarView(rest.prefix { $0 != "}" }))
            rest = rest.dropFirst(digits.unicodeScalars.count + 1)
            let value = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
            demand(value != nil, "an escape is well formed")
            if let value { told.append(value) }
        }
        demand(Array(told) == Array(text.unicodeScalars), "printed text decodes to the original")
    }

    private static func entry(of der: [UInt8], _ fingerprint: Fingerprint, lines: [UInt8]) -> [UInt8] {
        let head = "trustd-pending 1\nFingerprint: \(fingerprint)\nFirst-Seen: 2026-11-22T17:41:59Z\nLast-Seen: 2026-11-22T17:41:59Z\n"
        return Array("\(head)Sightings: 2\n".utf8) + lines + (lines.isEmpty || lines.last == 0x0A ? [] : [0x0A])
            + (der.isEmpty ? [] : [0x0A] + PEM.certificate(der))
    }

    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        let mark = Array("\n%%\n".utf8)
        var parts: [[UInt8]] = [[]]
        var rest = bytes[...]
        while let byte = rest.first {
            if rest.starts(with: mark) {
                parts.append([])
                rest = rest.dropFirst(mark.count)
            } else {
                parts[parts.count - 1].append(byte)
                rest = rest.dropFirst()
            }
        }
        return parts
    }

    private static func named(_ bytes: [UInt8], _ fingerprint: Fingerprint) -> [UInt8] {
        var named: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if rest.starts(with: "@@".utf8) {
                named += fingerprint.description.utf8
                rest = rest.dropFirst(2)
            } else {
                named.append(byte)
                rest = rest.dropFirst()
            }
        }
        return named
    }
}
