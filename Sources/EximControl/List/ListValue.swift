import Host
import TrustCore

/// The value of `RELAY_FROM_CERTS` as Exim gives it: with every file and every other macro taken into account.
package struct ListValue: Equatable, Sendable {
    let text: String
    /// In which form Exim has the list.
    package let form: ListForm

    /// Recognises the form by the text.
    init(_ text: String) {
        self.text = text
        form = FolderDefinition.folder(in: text).map { .folder($0) } ?? .macro
    }

    /// The arguments of `exim -bP` that ask for it.
    static let question = ["macro", ListForm.macroName]
    /// The same for it and all other macros.
    static let questionWithOthers = ["macros"]

    /// Reads Exim's answer to one of these questions (src/readconf.c, `print_config` and its callers); nil when Exim knows no such macro.
    init?(answer: Program.Result) throws(EximError) {
        let lines = String(decoding: answer.output, as: UTF8.self).split(separator: "\n")
        if let value = lines.lazy.compactMap({ $0.value(of: ListForm.macroName) }).first {
            self.init(value)
        } else if answer.status == 0 || lines.contains("macro \(ListForm.macroName) not found") {
            return nil
        } else {
            throw .notInEffect("exim said: \(EximProgram.words(answer))")
        }
    }

    /// Whom Exim trusts with this value. Throws `notInEffect` when it is not a list that trustctl understands.
    package var content: ListContent {
        get throws(EximError) {
            switch form {
            case .macro: .listed(try listed)
            case .folder(let path): .folder(path)
            }
        }
    }

    /// The reading is Exim's: items between single colons.
    private var listed: Set<Fingerprint> {
        get throws(EximError) {
            guard !text.contains("::") else {
                throw .notInEffect("exim's \(ListForm.macroName) contains “::”, which is not a separator")
            }
            var set: Set<Fingerprint> = []
            for part in text.split(separator: ":") where !part.trimmed.isEmpty {
                do { set.insert(try Fingerprint(exactly: part.trimmed.utf8)) } catch .noCertificate {
                    throw .notInEffect(
                        "exim's \(ListForm.macroName) contains the digest of no certificate: with it, everybody may relay")
                } catch {
                    throw .notInEffect(
                        "exim's \(ListForm.macroName) is not a plain list of fingerprints: “\(Printable(part.trimmed, limit: 60))”")
                }
            }
            return set
        }
    }
}
