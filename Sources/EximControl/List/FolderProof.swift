import Glibc
import Host
import SystemPackage
import TrustCore

/// Proof that Exim finds names in the folder of a list in folder form, or does not find them: by its own lookup, as its own user.
///
/// As root it would prove nothing: root reads a folder of mode 0700, and Exim, which gives root up before it looks, defers every message.
struct FolderProof {
    let program: EximProgram
    let settings: DaemonSettings

    /// As many lookups as fit on a command line.
    private static let most = 500

    func found(_ names: [Fingerprint], in folder: FilePath) throws(EximError) -> [Bool] {
        var found: [Bool] = []
        var rest = names[...]
        while !rest.isEmpty {
            found += try some(Array(rest.prefix(Self.most)), in: folder)
            rest = rest.dropFirst(Self.most)
        }
        return found
    }

    private func some(_ names: [Fingerprint], in folder: FilePath) throws(EximError) -> [Bool] {
        // In lower case, because Exim replaces macros here too: a macro AC would change a fingerprint, as it does in a macro list.
        let questions = names.map { name in
            "${lookup{${uc:\(name.description.lowercased())}}dsearch,cache=no_rd{\(folder)}{yes}{no}}"
        }
        var question = Program(program.binary, program.options + ["-be"] + questions)
        let account = settings.account
        // Exim as its user with -C writes a line into its paniclog at each start, so then root asks, and that user's child looks.
        if program.configuration == nil, let account, account.user != 0 { question.account = account }
        let result = try program.run(question)
        let lines = String(decoding: result.output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .prefix(names.count)
        guard result.status == 0, lines.count == names.count, lines.allSatisfy({ $0 == "yes" || $0 == "no" }) else {
            let words = lines.first { $0 != "yes" && $0 != "no" }.map(String.init) ?? EximProgram.words(result)
            throw .notFound("exim's user cannot look into \(folder): \(Printable(words, limit: 400))")
        }
        if question.account == nil, let account, account.user != 0 { try look(names, in: folder, as: account) }
        return lines.map { $0 == "yes" }
    }

    /// Lists the folder and reaches a name in it as `account`: what dsearch does.
    private func look(_ names: [Fingerprint], in folder: FilePath, as account: Account) throws(EximError) {
        if account.canRead(folder, names: names.map(\.description)) { return }
        // Which one it is.
        for (path, isFolder) in [(folder, true)] + names.map({ (folder.appending($0.description), false) }) {
            guard let error = account.whyCannotRead(path, isFolder: isFolder), isFolder || !error.isMissing else { continue }
            throw .notFound("exim's user \(account.name) cannot look into \(folder): \(error)")
        }
    }
}
