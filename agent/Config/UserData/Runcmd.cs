using System.Text;

namespace Slipway.Config;

/// <summary>
/// Reads the commands of user data: do they join the node by themselves? Only plain command lines are understood; a script that
/// hides the join behind variables is not.
/// </summary>
internal static class Runcmd
{
    private const int MaxDepth = 4;

    // Programs that may well have the words "kubeadm join" among their arguments, and do not run them.
    private static readonly string[] Mentioning =
    [
        "echo", "printf", "cat", "grep", "egrep", "sed", "awk", "which", "type", "hash", "command", "man", "test", "[", "[[", ":", "true", "false", "logger", "wall",
        "tee", "cp", "mv", "ln", "rm", "install", "chmod", "chown", "touch", "ls", "mkdir", "pgrep", "pkill", "export", "alias", "trap", "apt", "apt-get", "apt-mark",
        "dnf", "yum", "tdnf", "systemctl", "journalctl", "curl", "wget", "tar", "#",
    ];

    private static readonly string[] Shells = ["sh", "bash", "dash", "ash", "zsh", "ksh"];

    // What runs the command that follows it.
    private static readonly string[] Runners =
    [
        "sudo", "env", "exec", "nohup", "time", "timeout", "nice", "ionice", "setsid", "source", ".", "eval", "if", "then", "do", "else", "elif", "while", "until", "!",
        "systemd-run", "retry", "flock", "su", "chroot", "nsenter", "-c", "stdbuf", "unshare",
    ];

    /// <summary>Whether a command of the list runs <c>kubeadm init</c>, <c>kubeadm join</c> or <c>nodeadm init</c>.</summary>
    /// <param name="commands">The list: each entry a line for the shell or a list of arguments.</param>
    /// <param name="scripts">The files that the user data writes, by path: a command that runs one runs what stands in it.
    /// Each is looked at once, and taken out: scripts that run each other cost no more than their length.</param>
    public static bool Joins(ConfigNode? commands, Dictionary<string, string>? scripts = null) => commands switch
    {
        SequenceNode list => list.Items.Any(item => item switch
        {
            ScalarNode line => Joins(line.Raw, scripts, 0),
            SequenceNode arguments => Runs([.. arguments.Items.OfType<ScalarNode>().Select(a => a.Raw)], scripts, 0),
            _ => false,
        }),
        ScalarNode line => Joins(line.Raw, scripts, 0),
        _ => false,
    };

    /// <summary>Whether a line of a shell script does so.</summary>
    /// <param name="script">The script.</param>
    /// <param name="scripts">See <see cref="Joins(ConfigNode?,Dictionary{string,string}?)"/>.</param>
    public static bool Joins(string script, Dictionary<string, string>? scripts) => Joins(script, scripts, 0);

    private static bool Joins(string script, Dictionary<string, string>? scripts, int depth)
    {
        if (depth > MaxDepth)
        {
            return false;
        }

        var words = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        string? hereEnd = null;
        for (int i = 0; i <= script.Length; i++)
        {
            char c = i < script.Length ? script[i] : '\n';
            if (c == '\\' && i + 1 < script.Length)
            {
                // A line end after a backslash is none.
                i += script[i + 1] == '\r' && i + 2 < script.Length ? 2 : 1;
                inWord |= script[i] != '\n';
                word.Append(script[i] == '\n' ? "" : script[i]);
            }
            else if (c is '\'' or '"')
            {
                int end = EndOfQuotes(script, i);
                word.Append(script, i + 1, end - i - 1);
                (i, inWord) = (end, true);
            }
            else if (c == '#' && !inWord)
            {
                int end = script.IndexOf('\n', i);
                i = (end < 0 ? script.Length : end) - 1;
            }
            else if (c is ' ' or '\t' or '\r' or '\n' or ';' or '&' or '|' or '(' or ')' or '`' or '<' or '>')
            {
                if (inWord)
                {
                    words.Add(word.ToString());
                    word.Clear();
                    inWord = false;
                }

                if (c == '<' && script.AsSpan(i).StartsWith("<<") && !script.AsSpan(i).StartsWith("<<<"))
                {
                    (hereEnd, i) = HereEnd(script, i + 2);
                }
                else if (c is not (' ' or '\t' or '\r' or '<' or '>'))
                {
                    if (Runs(words, scripts, depth))
                    {
                        return true;
                    }

                    if (c == '\n' && hereEnd is not null)
                    {
                        // What is fed to a shell is run; to another program, it is data.
                        i = words.Exists(w => Shells.Contains(FileName(w))) ? i : AfterHere(script, i, hereEnd);
                        hereEnd = null;
                    }

                    words.Clear();
                }
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        return false;
    }

    /// <summary>Whether one command, as its words, does so.</summary>
    private static bool Runs(List<string> words, Dictionary<string, string>? scripts, int depth)
    {
        int first = 0;
        while (first < words.Count && (IsAssignment(words[first]) || words[first] is "{" or "sudo" or "env" or "if" or "then" or "do" or "else" or "!" || words[first].StartsWith('-')))
        {
            first++;
        }

        if (first >= words.Count || Mentioning.Contains(FileName(words[first])))
        {
            return false;
        }

        for (int i = first; i < words.Count; i++)
        {
            string program = FileName(words[i]);
            if (program is "kubeadm" or "nodeadm")
            {
                // The verb follows the program, or flags of it with or without a value: kubeadm --v 5 join.
                string? verb = words.Skip(i + 1).SkipWhile(w => w.StartsWith('-') || w.All(char.IsAsciiDigit)).FirstOrDefault();
                if (verb == "init" || (verb == "join" && program == "kubeadm"))
                {
                    return true;
                }
            }

            // A quoted command line, as of sh -c; a script that the user data wrote.
            bool isLine = i > first && words[i].AsSpan().IndexOfAny(' ', '\n', ';') >= 0;
            if ((isLine && Joins(words[i], scripts, depth + 1))
                || (scripts?.TryGetValue(words[i], out string? script) == true && IsRun(words, first, i)
                    && scripts.Remove(words[i]) && Joins(script!, scripts, depth + 1)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsRun(List<string> words, int first, int i)
    {
        int before = i - 1;
        while (before > first && (words[before].StartsWith('-') || IsAssignment(words[before]) || words[before].All(c => char.IsAsciiDigit(c) || c is 's' or 'm')))
        {
            before--;
        }

        return i == first || (before >= first && (Shells.Contains(FileName(words[before])) || Runners.Contains(FileName(words[before]))));
    }

    private static bool IsAssignment(string word)
    {
        int equals = word.IndexOf('=');
        return equals > 0 && !word.AsSpan(0, equals).ContainsAnyExcept(NameCharacters);
    }

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static string FileName(string word) => word[(word.LastIndexOf('/') + 1)..];

    private static int EndOfQuotes(string script, int start)
    {
        for (int i = start + 1; i < script.Length; i++)
        {
            if (script[i] == script[start])
            {
                return i;
            }

            i += script[i] == '\\' && script[start] == '"' ? 1 : 0;
        }

        return script.Length;
    }

    /// <summary>The word that ends a here-document, and the place of its last character.</summary>
    private static (string? End, int At) HereEnd(string script, int at)
    {
        while (at < script.Length && script[at] is '-' or ' ' or '\t' or '"' or '\'' or '\\')
        {
            at++;
        }

        int end = at;
        while (end < script.Length && (char.IsAsciiLetterOrDigit(script[end]) || script[end] is '_' or '-' or '.'))
        {
            end++;
        }

        return end > at ? (script[at..end], end < script.Length && script[end] is '"' or '\'' ? end : end - 1) : (null, at - 1);
    }

    private static int AfterHere(string script, int at, string word)
    {
        while (at < script.Length)
        {
            int start = at + 1;
            int end = start < script.Length ? script.IndexOf('\n', start) : -1;
            if (script.AsSpan(Math.Min(start, script.Length), (end < 0 ? script.Length : end) - Math.Min(start, script.Length)).Trim().SequenceEqual(word))
            {
                return (end < 0 ? script.Length : end) - 1;
            }

            if (end < 0)
            {
                break;
            }

            at = end;
        }

        return script.Length;
    }
}
