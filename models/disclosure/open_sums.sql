-- One row is one member of one sum that a reader can write down: the parts add up to the whole (seeds/disclosure: nested_strata,
-- nested_groups, summed_people; directorates add up to the trust). A member without a number in the open tables is latent, unless nobody is there.
with

told_cells as (

    select * from {{ ref('open_cells') }}
    where kind = 'people'

),

-- Whatever an open row names, also where the marts tell no number of it.
cells as (

    select distinct
        cell_id,
        organisation_code,
        people,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        characteristic,
        group_key
    from {{ ref('open_parts') }}
    where kind = 'people'

),

nested_strata as (

    select * from {{ ref('nested_strata') }}

),

nested_groups as (

    select * from {{ ref('nested_groups') }}

),

summed_people as (

    select * from {{ ref('summed_people') }}

),

-- Where anybody is at all: the whole of a place.
places as (

    select
        organisation_code,
        people,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum
    from told_cells
    where characteristic = 'all' and number > 0

),

-- Sets of people whose wholes are told at all; of the others nobody can say where they are not.
people_with_wholes as (

    select distinct
        organisation_code,
        people,
        as_at_date
    from places

),

sums_of_strata as (

    select distinct
        cells.organisation_code,
        cells.people,
        cells.as_at_date,
        cells.organisation_unit_level,
        cells.organisation_unit,
        cells.characteristic,
        cells.group_key,
        nested_strata.stratum_dimension,
        nested_strata.within_stratum
    from cells
    inner join nested_strata on cells.stratum = nested_strata.stratum

),

members_of_strata as (

    select
        concat_ws(
            chr(31), 'strata', sums_of_strata.organisation_code, sums_of_strata.people, sums_of_strata.as_at_date,
            sums_of_strata.organisation_unit_level, sums_of_strata.organisation_unit, sums_of_strata.characteristic,
            sums_of_strata.group_key, sums_of_strata.stratum_dimension, sums_of_strata.within_stratum
        ) as sum_name,
        false as is_whole,
        sums_of_strata.organisation_code,
        sums_of_strata.people,
        sums_of_strata.as_at_date,
        sums_of_strata.organisation_unit_level,
        sums_of_strata.organisation_unit,
        nested_strata.stratum,
        sums_of_strata.characteristic,
        sums_of_strata.group_key
    from sums_of_strata
    inner join nested_strata
        on
            sums_of_strata.stratum_dimension = nested_strata.stratum_dimension
            and sums_of_strata.within_stratum = nested_strata.within_stratum
    union all
    select
        concat_ws(
            chr(31), 'strata', organisation_code, people, as_at_date, organisation_unit_level, organisation_unit,
            characteristic, group_key, stratum_dimension, within_stratum
        ) as sum_name,
        true as is_whole,
        organisation_code,
        people,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        within_stratum,
        characteristic,
        group_key
    from sums_of_strata

),

sums_of_units as (

    select distinct
        organisation_code,
        people,
        as_at_date,
        stratum,
        characteristic,
        group_key
    from cells
    where organisation_unit_level = 'directorate'

),

directorates as (

    select distinct
        organisation_code,
        people,
        as_at_date,
        stratum,
        organisation_unit
    from cells
    where organisation_unit_level = 'directorate'

),

members_of_units as (

    select
        concat_ws(
            chr(31), 'units', sums_of_units.organisation_code, sums_of_units.people, sums_of_units.as_at_date,
            sums_of_units.stratum, sums_of_units.characteristic, sums_of_units.group_key
        ) as sum_name,
        false as is_whole,
        sums_of_units.organisation_code,
        sums_of_units.people,
        sums_of_units.as_at_date,
        'directorate' as organisation_unit_level,
        directorates.organisation_unit,
        sums_of_units.stratum,
        sums_of_units.characteristic,
        sums_of_units.group_key
    from sums_of_units
    inner join directorates
        on
            sums_of_units.organisation_code = directorates.organisation_code
            and sums_of_units.people = directorates.people
            and sums_of_units.as_at_date = directorates.as_at_date
            and sums_of_units.stratum = directorates.stratum
    union all
    select
        concat_ws(
            chr(31), 'units', organisation_code, people, as_at_date, stratum, characteristic, group_key
        ) as sum_name,
        true as is_whole,
        organisation_code,
        people,
        as_at_date,
        'trust' as organisation_unit_level,
        'trust' as organisation_unit,
        stratum,
        characteristic,
        group_key
    from sums_of_units

),

sums_of_people as (

    select distinct
        cells.organisation_code,
        cells.as_at_date,
        cells.organisation_unit_level,
        cells.organisation_unit,
        cells.stratum,
        case summed_people.characteristic when 'all' then 'all' else cells.characteristic end as characteristic,
        case summed_people.characteristic when 'all' then 'all' else cells.group_key end as group_key,
        summed_people.within_people,
        summed_people.within_date_rule,
        summed_people.characteristic as summed_characteristic
    from cells
    inner join summed_people on cells.people = summed_people.people

),

members_of_people as (

    select
        concat_ws(
            chr(31), 'people', sums_of_people.organisation_code, sums_of_people.as_at_date,
            sums_of_people.organisation_unit_level, sums_of_people.organisation_unit, sums_of_people.stratum,
            sums_of_people.characteristic, sums_of_people.group_key, sums_of_people.within_people,
            sums_of_people.within_date_rule
        ) as sum_name,
        false as is_whole,
        sums_of_people.organisation_code,
        summed_people.people,
        sums_of_people.as_at_date,
        sums_of_people.organisation_unit_level,
        sums_of_people.organisation_unit,
        sums_of_people.stratum,
        sums_of_people.characteristic,
        sums_of_people.group_key
    from sums_of_people
    inner join summed_people
        on
            sums_of_people.within_people = summed_people.within_people
            and sums_of_people.within_date_rule = summed_people.within_date_rule
            and sums_of_people.summed_characteristic = summed_people.characteristic
    union all
    select
        concat_ws(
            chr(31), 'people', organisation_code, as_at_date, organisation_unit_level, organisation_unit, stratum,
            characteristic, group_key, within_people, within_date_rule
        ) as sum_name,
        true as is_whole,
        organisation_code,
        within_people,
        case within_date_rule
            when 'year_before' then cast(as_at_date - interval 1 year as date)
            else as_at_date
        end as as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        characteristic,
        group_key
    from sums_of_people

),

members_of_places as (

    select * from members_of_strata
    union all
    select * from members_of_units

),

-- The groups of a latent cell's place add up too.
told_or_latent as (

    select
        organisation_code,
        people,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        characteristic,
        group_key
    from cells
    union
    select
        members_of_places.organisation_code,
        members_of_places.people,
        members_of_places.as_at_date,
        members_of_places.organisation_unit_level,
        members_of_places.organisation_unit,
        members_of_places.stratum,
        members_of_places.characteristic,
        members_of_places.group_key
    from members_of_places
    inner join places
        on
            members_of_places.organisation_code = places.organisation_code
            and members_of_places.people = places.people
            and members_of_places.as_at_date = places.as_at_date
            and members_of_places.organisation_unit_level = places.organisation_unit_level
            and members_of_places.organisation_unit = places.organisation_unit
            and members_of_places.stratum = places.stratum

),

sums_of_groups as (

    select distinct
        told_or_latent.organisation_code,
        told_or_latent.people,
        told_or_latent.as_at_date,
        told_or_latent.organisation_unit_level,
        told_or_latent.organisation_unit,
        told_or_latent.stratum,
        nested_groups.characteristic,
        nested_groups.within_characteristic,
        nested_groups.within_group_key
    from told_or_latent
    inner join nested_groups
        on
            told_or_latent.characteristic = nested_groups.characteristic
            and told_or_latent.group_key = nested_groups.group_key

),

members_of_groups as (

    select
        concat_ws(
            chr(31), 'groups', sums_of_groups.organisation_code, sums_of_groups.people, sums_of_groups.as_at_date,
            sums_of_groups.organisation_unit_level, sums_of_groups.organisation_unit, sums_of_groups.stratum,
            sums_of_groups.characteristic, sums_of_groups.within_characteristic, sums_of_groups.within_group_key
        ) as sum_name,
        false as is_whole,
        sums_of_groups.organisation_code,
        sums_of_groups.people,
        sums_of_groups.as_at_date,
        sums_of_groups.organisation_unit_level,
        sums_of_groups.organisation_unit,
        sums_of_groups.stratum,
        sums_of_groups.characteristic,
        nested_groups.group_key
    from sums_of_groups
    inner join nested_groups
        on
            sums_of_groups.characteristic = nested_groups.characteristic
            and sums_of_groups.within_characteristic = nested_groups.within_characteristic
            and sums_of_groups.within_group_key = nested_groups.within_group_key
    union all
    select
        concat_ws(
            chr(31), 'groups', organisation_code, people, as_at_date, organisation_unit_level, organisation_unit,
            stratum, characteristic, within_characteristic, within_group_key
        ) as sum_name,
        true as is_whole,
        organisation_code,
        people,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        within_characteristic,
        within_group_key
    from sums_of_groups

),

members as (

    select
        *,
        is_whole or stratum = '*' as is_somebody -- the rest that has no row
    from members_of_places
    union all
    select
        *,
        is_whole as is_somebody
    from members_of_groups
    union all
    select
        *,
        true as is_somebody
    from members_of_people

),

named as (

    select
        members.*,
        {{ cell_id('members') }} as cell_id
    from members

),

final as (

    select
        md5(named.sum_name) as sum_id,
        named.is_whole,
        named.cell_id,
        named.organisation_code,
        named.people,
        named.as_at_date,
        named.organisation_unit_level,
        named.organisation_unit,
        named.stratum,
        named.characteristic,
        named.group_key,
        told_cells.number is null as is_latent
    from named
    left join cells on named.cell_id = cells.cell_id
    left join told_cells on named.cell_id = told_cells.cell_id
    left join places
        on
            named.organisation_code = places.organisation_code
            and named.people = places.people
            and named.as_at_date = places.as_at_date
            and named.organisation_unit_level = places.organisation_unit_level
            and named.organisation_unit = places.organisation_unit
            and named.stratum = places.stratum
    left join people_with_wholes
        on
            named.organisation_code = people_with_wholes.organisation_code
            and named.people = people_with_wholes.people
            and named.as_at_date = people_with_wholes.as_at_date
    where
        named.is_somebody
        or cells.cell_id is not null
        or places.people is not null
        or people_with_wholes.people is null

)

select * from final
