/// What a command has to say, as a value: `Terminal.show` renders it, as text or as JSON.
struct Answer {
    /// For programs, with --json: the whole of standard output. Made only when it is wanted.
    let document: () -> any Encodable
    /// For people, in this order.
    var parts: [Part]

    enum Part: Equatable {
        /// On standard output.
        case text(String)
        /// Bytes of somebody's file, on standard output: on a terminal they are escaped.
        case bytes([UInt8])
        /// A line on standard error.
        case note(String)
        /// Lines on standard error, as they are.
        case told(String)
        /// A line on standard error, for a terminal only.
        case tip(String)
    }

    init(_ document: @autoclosure @escaping () -> any Encodable, _ parts: [Part] = []) {
        self.document = document
        self.parts = parts
    }

    init(making document: @escaping () -> any Encodable, _ parts: [Part]) {
        self.document = document
        self.parts = parts
    }
}

extension Terminal {
    /// Prints `answer`, the document when `json`, else the parts.
    static func show(_ answer: Answer, json: Bool) {
        if json { return Output.write(JSON.text(answer.document())) }
        for part in answer.parts {
            switch part {
            case .text(let text): Output.write(text)
            case .bytes(let bytes): Output.write(bytes)
            case .note(let line): note(line)
            case .told(let text): Output.tell(text)
            case .tip(let line): say(line)
            }
        }
    }
}
