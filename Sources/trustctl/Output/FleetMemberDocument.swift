import Fleet
import FleetHost

/// A relay of a fleet, by its last receipt.
struct FleetMemberDocument: Encodable {
    let member: String
    let state: String
    /// Null without a receipt.
    @Nullable var head: String?
    let heads: [String]
    @Nullable var heard: String?
    @Nullable var version: String?
    @Nullable var text: String?
    let stillTrusts: [String]

    init(_ member: FleetReport.Member, stillTrusts: [String]) {
        (self.member, state, heads, self.stillTrusts) = (member.name, member.standing.rawValue, member.heads, stillTrusts)
        head = member.heads.first
        heard = member.heard?.description
        version = member.version
        text = member.text
    }
}
