using System.Text;

namespace Flms.Cli.Shells;

/// <summary>Completion for bash.</summary>
/// <remarks>
/// It needs nothing but bash 4 or later. bash breaks words at <c>:</c> and <c>=</c> too, which both occur in values
/// (<c>flms:paper</c>), so the line is split at blanks here; what stands before the last break is cut from each answer,
/// because readline has it already.
/// </remarks>
internal static class BashScript
{
    private const string Program = """
        # Everything below is the same for every version of flms.

        # Usage: _flms_offer KIND [WORD...]: completes $cur. Kinds: words, list, files, folders, free.
        _flms_offer() {
          local kind=$1 word head found=()
          shift
          case $kind in
            words) mapfile -t found < <(compgen -W "$*" -- "$cur") ;;
            list)
              # The word after the last comma; those before it are not offered again.
              if [[ $cur == *,* ]]; then head=${cur%,*},; fi
              for word in "$@"; do
                if [[ ,$head != *,$word,* && $head$word == "$cur"* ]]; then found+=("$head$word"); fi
              done
              compopt -o nospace 2> /dev/null
              ;;
            files)
              compopt -o filenames 2> /dev/null
              if [[ $cur == '~'* ]]; then
                compopt -o default 2> /dev/null
                return
              fi
              if [ $# = 0 ]; then mapfile -t found < <(compgen -f -- "$cur")
              else
                mapfile -t found < <(compgen -d -- "$cur")
                for word in "$@"; do mapfile -t -O ${#found[@]} found < <(compgen -f -X "!*$word" -- "$cur"); done
              fi
              ;;
            folders)
              compopt -o filenames 2> /dev/null
              mapfile -t found < <(compgen -d -- "$cur")
              ;;
          esac
          COMPREPLY=("${found[@]}")
        }

        _flms() {
          local cur='' line=${COMP_LINE:0:COMP_POINT} path='' used=' ' pending='' word option count=0
          local verbs options repeatable value
          local -a words operands
          COMPREPLY=()
          read -ra words <<< "$line"
          if [[ $line != *[[:blank:]] ]]; then
            cur=${words[-1]}
            unset 'words[-1]'
          fi
          _flms_verb ''
          for word in "${words[@]:1}"; do
            if [ -n "$pending" ]; then
              pending=
            elif [[ $word == --*=* ]]; then
              used+="${word%%=*} "
            elif [[ $word == -* ]]; then
              used+="$word "
              _flms_value "$path" "$word"
              if [ "$value" != flag ]; then pending=$word; fi
            elif [ -n "$verbs" ]; then
              path=${path:+$path }$word
              _flms_verb "$path"
            elif [[ $count -lt ${#operands[@]} && ${operands[count]} != *' ...' ]]; then
              count=$((count + 1))
            fi
          done
          if [[ -z $pending && $cur == --*=* ]]; then
            pending=${cur%%=*}
            cur=${cur#*=}
          elif [[ -z $pending && ($cur == -* || -z $verbs && $count -ge ${#operands[@]}) ]]; then
            for option in $options; do
              if [[ $used != *" $option "* || " $repeatable " == *" $option "* ]]; then
                if [[ $option == "$cur"* ]]; then COMPREPLY+=("$option"); fi
              fi
            done
            return
          fi
          if [ -n "$pending" ]; then
            _flms_value "$path" "$pending"
            # shellcheck disable=SC2086 # a kind and words
            _flms_offer $value
          elif [ -n "$verbs" ]; then
            # shellcheck disable=SC2086 # words
            _flms_offer words $verbs
          else
            # shellcheck disable=SC2086 # a kind and words
            _flms_offer ${operands[count]% ...}
          fi
          # Readline replaces only what stands behind the last break.
          if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
            local head=${cur%"${cur##*:}"} i
            for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$head"}; done
          fi
        }
        complete -F _flms flms

        """;

    /// <summary>The script.</summary>
    public static string Of(ShellVerb root)
    {
        var text = new StringBuilder("# Completion of flms for bash; made by: flms completion bash\n\n");
        text.Append("# Sets what may follow the verb $1.\n_flms_verb() {\n");
        text.Append("  verbs='' options='' repeatable='' operands=()\n  case $1 in\n");
        foreach (var verb in root.All) Knows(text, verb);
        text.Append("  esac\n}\n\n# Sets the kind of value that the option $2 of the verb $1 takes.\n");
        text.Append("_flms_value() {\n  case \"$1 $2\" in\n");
        foreach (var verb in root.All)
            foreach (var option in verb.Options.Where(o => o.Values != null))
                text.Append($"    {string.Join(" | ", option.Names.Select(n => Quoted($"{verb.Path} {n}")))}) value="
                    + $"{Quoted(Kind(option.Values!))} ;;\n");
        text.Append("    *) value=flag ;;\n  esac\n}\n\n");
        return text.Append(Program).ToString();
    }

    private static void Knows(StringBuilder text, ShellVerb verb)
    {
        text.Append($"    {Quoted(verb.Path)})\n");
        if (verb.Verbs.Count > 0)
            text.Append($"      verbs={Quoted(string.Join(' ', verb.Verbs.Select(v => v.Name)))}\n");
        text.Append($"      options={Quoted(string.Join(' ', verb.Options.SelectMany(o => o.Names)))}\n");
        var again = verb.Options.Where(o => o.Again).SelectMany(o => o.Names).ToList();
        if (again.Count > 0) text.Append($"      repeatable={Quoted(string.Join(' ', again))}\n");
        if (verb.Arguments.Count > 0)
        {
            var kinds = verb.Arguments.Select(a => $"{Kind(a.Values)}{(a.Many ? " ..." : "")}");
            text.Append($"      operands=({string.Join(' ', kinds.Select(Quoted))})\n");
        }
        text.Append("      ;;\n");
    }

    private static string Kind(ShellValues values) =>
        string.Join(' ', values.Words.Prepend(values.Kind.ToString().ToLowerInvariant()));

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
