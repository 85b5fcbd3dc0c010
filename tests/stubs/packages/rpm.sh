#!/bin/sh
# Stand-in for rpm in a tree that has nothing but a shell. Its database is /var/lib/test-rpm: NAME has "VERSION-RELEASE", NAME.files the paths it
# owns, NAME.needed-by who depends on it; FAIL is what it says instead. Strict: any other way to be called is refused.
refuse() { echo "rpm stand-in: $*: unknown option" >&2; exit 64; }
db=/var/lib/test-rpm
printf "%s\n" "rpm $*" >> /var/log/calls
if [ -e $db/FAIL ]; then while read -r line; do echo "$line" >&2; done < $db/FAIL; exit 1; fi
case $*:$# in
  "--query --queryformat %{VERSION}-%{RELEASE}\n $4:4")
    [ -e "$db/$4" ] || { echo "package $4 is not installed"; exit 1; }
    read -r version < "$db/$4"; echo "$version" ;;
  "--query --queryformat %{NAME}\n --file $5:5")
    for list in "$db"/*.files; do
      while read -r path; do
        [ "$path" != "$5" ] || { name=${list##*/}; echo "${name%.files}"; exit 0; }
      done < "$list"
    done
    echo "file $5 is not owned by any package"; exit 1 ;;
  "--erase $2:2")
    [ -e "$db/$2" ] || { echo "error: package $2 is not installed" >&2; exit 1; }
    if [ -e "$db/$2.needed-by" ]; then
      read -r user < "$db/$2.needed-by"
      printf 'error: Failed dependencies:\n\t%s is needed by (installed) %s\n' "$2" "$user" >&2; exit 1
    fi
    rm "$db/$2" ;;
  *) refuse "$*" ;;
esac
