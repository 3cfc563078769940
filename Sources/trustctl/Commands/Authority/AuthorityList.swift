import ArgumentParser
import Authority
import Host
import Trust
import TrustCore

struct AuthorityList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows your own CA, and what it has issued, the oldest first.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let local = try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress(json: common.json))
        let register = try local.look()
        let authority = OwnAuthority(local)
        let list = try IssuedList(register, local)
        // Whoever has only restored the ledger still sees what was issued.
        if !authority.isThere, list.items.isEmpty { _ = try authority.certificate() }
        Terminal.show(
            AuthorityReport.list(list, authority.isThere ? try authority.certificate() : nil, authority), json: common.json)
    }
}
