import SystemPackage
import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Setup
@testable import Trust

/// An administrator's whole Exim configuration, into which `trustctl setup` inserts its two pieces.
enum SetupTarget {
    static func take(_ bytes: [UInt8]) {
        guard let outline = ConfigurationOutline(bytes) else { return }
        let texts = outline.lines.map(\.text)
        for line in outline.lines { demand((0...bytes.count).contains(line.start), "a line begins in the file") }
        let place: Int
        do { place = try RecipientACL(named: "acl_check_rcpt", in: outline).place } catch {
            demand(Printable(error.reason, limit: 1_000).description.isPlain, "the reason for a refusal is plain text")
            return
        }
        for (place, isOurs) in [(place, true), (outline.placeInMainSection, false)] {
            let block = Array("  .include /trustd/piece\n".utf8)
            let edited = Array(bytes[..<place]) + block + bytes[place...]
            guard let again = ConfigurationOutline(edited) else {
                return demand(false, "with our piece in it, the file still has an outline")
            }
            guard let ours = again.lines.firstIndex(where: { $0.text == ".include /trustd/piece" }) else {
                return demand(false, "our piece is a separate line")
            }
            var others = again.lines.map(\.text)
            others.remove(at: ours)
            demand(others == texts || texts.contains(".include /trustd/piece"), "no other line changes")
            if isOurs, others == texts {
                demand(again.lines[ours].depth == 0, "our statement is not in a conditional")
                demand(again.lines.dropFirst(ours + 1).first?.word == "require", "our statement is before the one that refuses relaying")
            }
        }
    }
}
