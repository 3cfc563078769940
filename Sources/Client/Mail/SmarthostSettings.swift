import EximControl
import Setup
import SystemPackage
import TrustCore

/// What must be in Debian's update-exim4.conf.conf so that this host's mail goes to the relay, and the pin binds.
///
/// The file is a shell script, and the last assignment counts: our lines come last, and the others stay as they are, so that they can be
/// taken out again to the byte. dpkg-reconfigure(8) sources the file too, and so asks with our values.
struct SmarthostSettings: Equatable {
    static let file = DebianConfiguration.sources.appending("update-exim4.conf.conf")

    /// Names and values that have to change; empty when nothing has to.
    let changes: [String]
    /// Whether the configuration is split afterwards.
    let isSplit: Bool

    /// By what Exim says without our setup: the type of its configuration and its smarthost.
    init(
        for snippets: ClientSnippets, type: String?, host: String?, isSplit wasSplit: Bool, library: EximAnswers.TLSLibrary
    ) {
        let relay = snippets.relay
        let wanted = "\(relay.host)::\(relay.port)"
        let usual = snippets.implicit ? 465 : 25
        let isMeant = host == wanted || (relay.port == usual && host == relay.host)
        let isSmarthost = ["smarthost", "satellite"].contains(type ?? "")
        // Only a split configuration has a place to compare the fingerprint, which an Exim with OpenSSL needs, since it trusts the system's
        // authorities too; and to switch the check of the name off.
        let mustBeSplit = library != .gnuTLS || !snippets.bearsName
        var changes: [String] = []
        if !isSmarthost { changes.append("dc_eximconfig_configtype='smarthost'") }
        if !isSmarthost || !isMeant { changes.append("dc_smarthost='\(wanted)'") }
        if mustBeSplit, !wasSplit { changes.append("dc_use_split_config='true'") }
        self.changes = changes
        isSplit = wasSplit || mustBeSplit
    }

    /// Whether mail goes elsewhere now.
    var setsSmarthost: Bool { changes.contains { $0.hasPrefix("dc_smarthost=") } }

    private static let heading = "# Set by `trustctl client setup`; `trustctl client setup --remove` removes these lines.\n"
    private static let mark = " # trustctl client setup\n"

    /// The assignments behind our heading that have lost their mark: exim4-config's postinst has written them anew, with our values or others.
    static func takenOver(in file: [UInt8]) -> [String] {
        let text = String(decoding: file, as: UTF8.self)
        guard let heading = text.firstRange(of: heading) else { return [] }
        return text[heading.upperBound...].split(separator: "\n").map { "\($0)\n" }
            .filter { $0.hasPrefix("dc_") && !$0.hasSuffix(mark) }.map { Printable($0.trimmed, limit: 100).description }
    }

    /// Each line is a block of its own, and bears a mark: where dpkg-reconfigure has rewritten one since, as it does with every assignment
    /// of a name, it is the administrator's, and the others can still be taken out.
    private var blocks: [String] {
        [Self.heading] + changes.map { $0 + Self.mark }
    }

    /// The file with our lines; nil when it needs none.
    func wanted(_ base: [UInt8]?) -> WantedFile? {
        if changes.isEmpty { return nil }
        return WantedFile(
            path: Self.file, base: base, after: OwnBlock.appended(blocks.joined(), to: base ?? []),
            purpose: setsSmarthost ? "makes the relay the smarthost" : "splits Debian's configuration",
            blocks: blocks)
    }
}
