import EximControl
import Glibc
package import Host
import SystemPackage
package import TrustCore

extension SetupSurvey {
    /// Plays sessions with the candidates in the live files' places; false where nothing can be mounted.
    package func rehearse(_ answer: Answer, _ substitutions: [Program.Substitution]) throws(Failure) -> Bool {
        do throws(Failure) { try makeScratch() } catch { throw Failure(error.messages.joined(separator: "; "), error.exit) }
        defer { clear() }
        do throws(EximError) {
            let exim = try EximWithCandidates(configuration, substitutions, scratch: scratch(""))
            guard !exim.isCopied else { return false }
            try RelayTrial(scratch: scratch("")).judge(exim, answer.kind, certificates: answer.certificates)
            return true
        } catch {
            guard case .notInEffect(let reason) = error else { throw Failure(error) }
            throw Failure(
                reason, .refused,
                hint: "something of the configuration that is there decides before our lines, or without them: `exim -bh 192.0.2.77` shows"
                    + " how it goes; tls_advertise_hosts must offer TLS")
        }
    }

    /// Everything goes that setup has brought. What is meant then, Exim is asked; where there is none any more, nobody is.
    package func removal() throws(Failure) -> Answer {
        var answer = Answer(
            kind: record?.trust ?? .fingerprint, touchesExim: record?.trust != nil, certificates: configuration.certificates)
        guard EximProgram.place(configuration) != nil else {
            answer.meant = nil
            return answer
        }
        let exim = try exim(with: basics())
        let value = try asking { () throws(EximError) in
            try exim.answers(options: ["spool_directory"], macros: [ListForm.macroName]).list
        }
        answer.meant = try value.map { value throws(Failure) in
            try asking { () throws(EximError) in Array(try value.fingerprints) }
        }
        return answer
    }

    /// What Exim trusts now; nil when it knows no trust list, or is not asked.
    package func trustedNow() throws(Failure) -> [Fingerprint]? {
        guard EximProgram.place(configuration) != nil else { return nil }
        return try asking { () throws(EximError) in try EximProgram(configuration, scratch: scratch("")).trusted().map(Array.init) }
    }

    /// Exim's group: who must be able to read its key.
    package func group() throws(Failure) -> UInt32? {
        guard EximProgram.place(configuration) != nil else { return nil }
        let name = try asking { () throws(EximError) in
            try EximProgram(configuration, scratch: scratch("")).values(options: ["exim_group"])["exim_group"]
        }
        return name.flatMap { getgrnam($0)?.pointee.gr_gid }
    }
}
